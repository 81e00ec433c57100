"""Hosts in a network namespace: an HTTP server on every address that counts who comes, and a name server that may change its mind."""

import collections
import ipaddress
import json
import socket
import struct
import subprocess
import sys
import threading

PORT = 8000
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=30)


def plain(address):
    """How an address is written everywhere here: IPv4 without its mapped form, no zone."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


class Counter:
    """Answers on every address of its namespace and counts connections by the address they came to."""

    def __init__(self):
        self.seen = collections.Counter()
        self.socket = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.socket.accept()
            with connection:
                self.seen[plain(connection.getsockname()[0])] += 1
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    connection.sendall(ANSWER)
                except OSError:
                    pass


class NameServer:
    """name -> a list of answers, each a list of addresses; questions take the next one and stay at the last. A question is for one family."""

    def __init__(self, names):
        self.names = {name: collections.deque(answers) for name, answers in names.items()}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, sender = self.socket.recvfrom(512)
            self.socket.sendto(self._answer(query), sender)

    def _answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind, = struct.unpack("!H", query[at + 1:at + 3])
        question = query[12:at + 5]
        version = {1: 4, 28: 6}.get(kind)
        found = [address for address in self._next(".".join(labels).lower(), version) if address.version == version]
        known = ".".join(labels).lower() in self.names
        head = query[:2] + struct.pack("!HHHHH", 0x8180 if known else 0x8183, 1, len(found), 0, 0)
        records = [b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(address.packed)) + address.packed for address in found]
        return head + question + b"".join(records)

    def _next(self, name, version):
        answers = self.names.get(name, collections.deque([[]]))
        mine = [ipaddress.ip_address(address) for address in answers[0]]
        if len(answers) > 1 and any(address.version == version for address in mine):
            answers.popleft()
        return mine


def main():
    """The far side of a cable. Commands on standard input, one a line: the addresses to hold as JSON, then "counts"."""
    addresses = json.loads(sys.stdin.readline())
    ip("link", "set", "lo", "up")
    ip("link", "set", "far", "up")
    for address in addresses:
        six = ":" in address
        ip("addr", "add", f"{address}/{128 if six else 32}", "dev", "far", *(["nodad"] if six else []))
    ip("route", "add", "default", "dev", "far")
    ip("-6", "route", "add", "default", "dev", "far")
    counter = Counter()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(counter.seen), flush=True)


if __name__ == "__main__":
    main()
