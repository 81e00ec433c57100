#!/usr/bin/env python3
"""A mail server for tests: accepts what it is told to, and writes down what it saw.

usage: smtp_server.py PORT_FILE JOURNAL [--certificate FILE --key FILE] [--implicit] [--login USER:PASSWORD] [--refuse CODE] [--hang]
PORT_FILE gets the port; JOURNAL one JSON object a line: {"event": "connected"|"message"|"login"|..., …}.
"""
import argparse
import asyncio
import base64
import json
import os
import ssl


class Session:
    def __init__(self, options, reader, writer):
        self.options, self.reader, self.writer = options, reader, writer
        self.encrypted = options.implicit
        self.sender, self.recipients, self.logged_in = None, [], False

    def note(self, event, **facts):
        with open(self.options.journal, "a", encoding="utf-8") as journal:
            journal.write(json.dumps({"event": event, "encrypted": self.encrypted, **facts}) + "\n")

    async def say(self, text):
        self.writer.write(text.encode() + b"\r\n")
        await self.writer.drain()

    async def line(self):
        return (await self.reader.readline()).decode("utf-8", "replace").rstrip("\r\n")

    async def run(self):
        self.note("connected")
        if self.options.hang:
            await asyncio.Event().wait()
        await self.say("220 test ESMTP")
        while line := await self.line():
            verb = line.split(" ")[0].upper()
            if verb == "QUIT":
                return await self.say("221 bye")
            await getattr(self, "on_" + verb.lower(), self.unknown)(line)

    async def unknown(self, _line):
        await self.say("500 unknown")

    async def on_ehlo(self, _line):
        offers = ["test"]
        if self.options.certificate and not self.encrypted:
            offers.append("STARTTLS")
        if self.options.login:
            offers.append("AUTH PLAIN")
        for i, offer in enumerate(offers):
            await self.say(f"250{'-' if i + 1 < len(offers) else ' '}{offer}")

    on_helo = on_ehlo

    async def on_starttls(self, _line):
        await self.say("220 go ahead")
        await self.writer.start_tls(tls_context(self.options))
        self.encrypted = True

    async def on_auth(self, line):
        words = line.split(" ")
        if len(words) < 3:
            await self.say("334 ")
            words.append(await self.line())
        _, user, password = base64.b64decode(words[2]).decode().split("\0")
        self.logged_in = f"{user}:{password}" == self.options.login
        self.note("login", accepted=self.logged_in)
        await self.say("235 welcome" if self.logged_in else "535 wrong user or password")

    async def on_mail(self, line):
        if self.options.login and not self.logged_in:
            return await self.say("530 log in first")
        self.sender = line.partition(":")[2].split(" ")[0]
        await self.say("250 fine")

    async def on_rcpt(self, line):
        if self.options.refuse:
            return await self.say(f"{self.options.refuse} not here")
        self.recipients.append(line.partition(":")[2].split(" ")[0])
        await self.say("250 fine")

    async def on_data(self, _line):
        await self.say("354 go on")
        lines = []
        while (line := await self.line()) != ".":
            lines.append(line[1:] if line.startswith("..") else line)
        self.note("message", sender=self.sender, recipients=self.recipients, text="\n".join(lines))
        await self.say("250 taken")


def tls_context(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.certificate, options.key)
    return context


async def serve(options):
    async def session(reader, writer):
        try:
            await Session(options, reader, writer).run()
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(session, "127.0.0.1", 0, ssl=tls_context(options) if options.implicit else None)
    with open(options.port_file + ".new", "w", encoding="utf-8") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(options.port_file + ".new", options.port_file)
    await server.serve_forever()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port_file")
    parser.add_argument("journal")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--implicit", action="store_true")
    parser.add_argument("--login", default="")
    parser.add_argument("--refuse", default="")
    parser.add_argument("--hang", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(parse()))
