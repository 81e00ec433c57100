#!/usr/bin/env python3
"""The operator's desk from end to end: a receiver that refuses, an operator who mends it. See README.md."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir), os.path.join(HERE, os.pardir, "crash")]

from blackbox.mariadb_server import MariadbServer
from blackbox.millrace_process import MillraceProcess
from blackbox.receiver import Receiver
from blackbox.waiting import wait_until
from crash_run import SECRET, TOKEN, settings
from workload import Workload

WINDOW = 64  # of a replay job: what a kill may repeat
RATE = 20


class Desk:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.receiver = Receiver(SECRET)
        self.database = MariadbServer(os.path.join(directory, "m"))
        self.workload = Workload(self.database, seed=7)
        self.workload.install(entries=30, products=10, orders=10)
        wanted = settings(self.database, self.workload.database, 8101, self.receiver.url)
        wanted["webhook"]["max_attempts"] = 1
        wanted["admin"] = {"listen": "127.0.0.1:0"}
        wanted["credentials"].append({"id": "tagger", "label": "tagger", "token": "tok-tagger-0123456789", "scopes": ["tags:read"]})
        self.millrace = MillraceProcess(program, os.path.join(directory, "p"), wanted, TOKEN)
        self.failures = []

    def end(self):
        self.millrace.kill()
        self.workload.close()
        self.database.stop()
        self.receiver.stop()

    def command(self, *arguments):
        done = subprocess.run([self.program, *arguments, "--config", os.path.join(self.millrace.directory, "millrace.toml")],
                              capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *arguments):
        """The answer of a command as JSON."""
        code, out, err = self.command(*arguments, "--json")
        if not out:
            raise RuntimeError(f"{arguments}: {code} {err}")
        return json.loads(out)

    def check(self, what, holds, seen=""):
        print(f"{'ok  ' if holds else 'FAIL'} {what}" + ("" if holds else f": {seen}"))
        if not holds:
            self.failures.append(what)

    def count(self, *filters):
        return self.ask("dlq", "count", *filters)["count"]

    def arrived(self):
        """The accepted attempts of each event."""
        events = {}
        for one in self.receiver.deliveries():
            if one.answered == 200:
                events.setdefault(one.payload["id"], []).append(one)
        return events

    # ---- the story

    def run(self):
        self.millrace.start()
        self.millrace.wait_until_serving()
        self.refuse_entries()
        self.look()
        self.replay_all_through_a_kill()
        self.send_history_again()
        self.tell_of_tags()
        self.look_at_the_record()
        self.millrace.stop()

    def refuse_entries(self):
        """A 4xx says nothing of the receiver as a whole: entries become dead letters, everything else goes on."""
        self.receiver.answer = lambda payload: 422 if payload["resourceType"] == "entry" else 200
        while len({one.payload["id"] for one in self.receiver.deliveries() if one.answered == 422}) < 150:
            for _ in range(40):
                self.workload.step()
            self.millrace.wait_until_read(self.database.log_end())
        self.letters = wait_until(lambda: (n := self.count()) == len({one.payload["id"] for one in self.receiver.deliveries() if one.answered == 422}) and n,
                                  "every refused event to be a dead letter", 60, 0.2)

    def look(self):
        groups = self.ask("dlq", "groups")["data"]
        self.check("one group holds them all", [(one["cause"], one["count"]) for one in groups] == [("status", self.letters)], groups)
        page = self.ask("dlq", "list", "--resource-type=entry", "--limit=5")
        self.check("a page has its size and its cursor", len(page["data"]) == 5 and page["meta"]["next"], page["meta"])
        again = self.ask("dlq", "list", "--resource-type=entry", "--limit=5", f"--cursor={page['meta']['next']}")
        self.check("the next page is another", not {one["id"] for one in page["data"]} & {one["id"] for one in again["data"]}, again)
        self.check("nothing else was given up", self.count("--resource-type=order") == 0)
        letter = self.ask("dlq", "show", str(page["data"][0]["id"]))["data"]
        self.check("a letter has its payload", letter["payload"]["id"] == letter["eventId"], letter)
        # The attempt log is written with the progress of deliveries, a fraction of a second later.
        attempts = wait_until(lambda: self.ask("deliveries", f"--event={letter['eventId']}")["data"], "the attempt to be written", 30, 0.2)
        self.check("its attempt is in the log", [(one["status"], one["attempt"]) for one in attempts] == [(422, 1)], attempts)
        self.check("a typing error is refused", self.command("dlq", "list", "--cause=bored")[0] == 1)

    def replay_all_through_a_kill(self):
        """A job dies in the middle and goes on."""
        self.receiver.answer = lambda payload: 200
        self.refused = {one.payload["id"]: one for one in self.receiver.deliveries() if one.answered == 422}
        code, out, err = self.command("replay", "create", "--status=failed")
        self.check("a replay is only counted at first", code == 1 and out.startswith(f"{self.letters} match") and f"--expect={self.letters}" in err, out + err)
        self.check("another number starts nothing", self.command("replay", "create", "--status=failed", "--expect=1")[0] == 1 and not self.ask("replay", "list")["data"])
        job = self.ask("replay", "create", "--status=failed", f"--expect={self.letters}", f"--rate={RATE}", "--reason=the receiver is mended")["data"]["id"]
        wait_until(lambda: self.ask("replay", "show", str(job))["data"]["done"] >= 20, "a third of the job", 60, 0.1)
        self.millrace.kill()
        self.millrace.start()
        self.millrace.wait_until_serving()
        self.ask("replay", "pause", str(job))
        self.check("a paused job says so", self.ask("replay", "show", str(job))["data"]["state"] == "paused")
        self.ask("replay", "resume", str(job))
        code, out, err = self.command("replay", "show", str(job), "--wait")
        self.check("the job finishes, with progress on the way", code == 0 and "finished" in out and "delivered" in err, out + err)
        arrived = self.arrived()
        self.check("every refused event has arrived", not self.refused.keys() - arrived.keys(), len(self.refused.keys() - arrived.keys()))
        self.check("with the same body and a signature that holds", all(one.text == self.refused[event].text and one.signature_holds
                                                                          for event in self.refused.keys() & arrived.keys() for one in arrived[event]))
        repeats = sum(len(arrived[event]) - 1 for event in self.refused.keys() & arrived.keys())
        self.check("what was repeated was in flight", repeats <= WINDOW, repeats)
        self.check("every letter is delivered", self.count("--status=delivered") == self.letters, self.count("--status=delivered"))

    def send_history_again(self):
        before = self.arrived()
        counted = self.command("replay", "create", "--history", "--endpoint=default", "--from-offset=1", "--json")
        total = json.loads(counted[1])["data"]["count"]
        code, out, err = self.command("replay", "create", "--history", "--endpoint=default", "--from-offset=1", f"--expect={total}", "--rate=1000", "--wait")
        self.check("history goes out again", code == 0 and total > 0, out + err)
        after = self.arrived()
        again = [event for event in after if len(after[event]) > len(before.get(event, []))]
        self.check("each event of it once, and no new ones", len(again) == total and not after.keys() - before.keys(), (len(again), total))
        self.check("with bodies that do not change", all(len({one.text for one in attempts}) == 1 for attempts in after.values()))
        replays = wait_until(lambda: [one for one in self.ask("deliveries", "--endpoint=default", "--limit=200")["data"] if one["replay"]],
                             "attempts of replays to be written", 30, 0.2)
        self.check("the attempt log tells replays", len(replays) > 0 and all(one["delivered"] for one in replays))

    def tell_of_tags(self):
        """A type that the contract's webhooks do not know: told to who names it and may read it, and to nobody else."""
        secret = os.path.join(self.directory, "secret")
        with open(secret, "w", encoding="utf-8") as file:
            file.write(SECRET + "\n")
        url = self.receiver.url_of("tags")

        def make(*types):
            return self.command("endpoints", "create", "tags", "--owner=tagger", f"--url={url}", f"--types={','.join(types)}", f"--secret-file={secret}")

        refused = make("tag", "asset")
        self.check("an owner that may not read a type is refused, and the scope is named", refused[0] == 1 and "assets:read" in refused[2], refused)
        self.check("one that may is not", make("tag")[0] == 0)
        tag = self.workload.tag("Red")
        self.workload.rename(tag, "Blue")
        self.workload.purge(tag)

        def told():
            return [one.payload for one in self.receiver.deliveries() if one.path == "/tags" and one.answered == 200]

        wait_until(lambda: len(told()) == 3, "three events of the tag", 60, 0.1)
        events = told()
        self.check("it is made, renamed and gone", [(one["resourceType"], one["resourceId"], one["action"]) for one in events]
                   == [("tag", str(tag), action) for action in ("created", "updated", "deleted")], events)
        self.check("as the feed shows it", [one["snapshot"] and one["snapshot"]["title"] for one in events] == ["Red", "Blue", None], events)
        self.check("and the configured webhook hears nothing of it", not [one for one in self.receiver.deliveries() if one.path == "/hook" and one.payload["resourceType"] == "tag"])
        code, out, err = self.command("webhooks", "probe", "--endpoint=tags")
        self.check("a probe reaches it too", code == 0 and "delivered" in out, out + err)
        self.echo_a_secret()

    def echo_a_secret(self):
        """What a receiver says of a secret that was made while the program runs is not kept. It does not know the new one, so it refuses."""
        secret = self.command("endpoints", "rotate-secret", "tags")[1].strip()
        self.receiver.says = f'{{"bad":"{secret}"}}'.encode()
        self.workload.tag("Green")
        failed = wait_until(lambda: self.ask("deliveries", "--endpoint=tags", "--failed")["data"], "a refused attempt to be written", 30, 0.2)
        self.receiver.says = b""
        self.check("a secret that a receiver echoes is not kept", secret and [one["detail"] for one in failed][:1] == ['{"bad":"whsec_[redacted]"}'], failed)

    def look_at_the_record(self):
        rows = self.ask("audit", "list", "--category=delivery.replay_job", "--limit=100")["data"]
        actions = [row["action"] for row in reversed(rows)]
        self.check("every decision is on record", actions == ["create", "pause", "resume", "finish", "create", "finish"], actions)
        self.check("and the chain holds", self.command("audit", "verify")[0] == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    directory = tempfile.mkdtemp(prefix="mrd-")
    desk = Desk(parser.parse_args().millrace, directory)
    try:
        desk.run()
    finally:
        desk.end()
        shutil.rmtree(directory, ignore_errors=True)
    return 1 if desk.failures else 0


if __name__ == "__main__":
    sys.exit(main())
