#!/usr/bin/env python3
"""Compares a running Millrace with the recorded answers, feed and webhooks of a reference system. See README.md."""

import argparse
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

import control_judge
import rules
from blackbox.database_server import open_database
from blackbox.millrace_process import MillraceProcess
from blackbox.receiver import Receiver
from cli_run import CliRun
from dead_letter_run import DeadLetterRun
from extra_run import ExtraRun
from fresh_start import FreshStart
from live_run import LiveRun, with_interests
from operations_run import OPERATIONS_RULES
from recording import Recording
from replay import ServerClock, open_replay
from report import Report
from settings_run import SettingsRun
from source import read_source

DATABASE = "craft"
SECRET = "whsec_test_0123456789"
PARTS = ("fresh-t0", "fresh-t1", "settings", "extra", "cli", "live", "webhooks", "dead-letters")
SERVER_IDS = {"fresh-t0": 7101, "fresh-t1": 7102, "live": 7103, "settings": 7104, "extra": 7105, "cli": 7106}


def settings(recording, database, server_id, webhook_url=None):
    """The configuration under which the recorded system ran; what it left to its profile is left out here, too."""
    health = next(one.answer for one in recording.t0.exchanges if one.path == "/health" and one.status == 200)
    whole = {
        "server": {"public_url": recording.address, "profile": health["environmentProfile"], "environment": health["environment"]},
        "source": {"kind": database.kind, database.kind: database.source_settings(DATABASE, server_id)},
        "mapping": {"name": "craft", "site": "primary", "base_url": recording.base_url},
        "security": {"rate_limit_per_minute": 1_000_000},
        "features": {"users_api": True, "addresses_api": True, "governed_writes": True},
        "operators": control_judge.operators_of(recording),
        "credentials": list(recording.t0.credentials().values()),
        "log": {"level": "info"},
    }
    whole["webhook"] = {"timeout_seconds": 5, "max_attempts": 1}
    if webhook_url:
        # The recorded system sent one event after the other and has no circuit breaker: each failed event became a dead letter, in order.
        whole["webhook"].update(url=webhook_url, secret=SECRET, allow_private=True, concurrency=1, breaker_failures=1000)
    return whole


class Run:
    """One invocation: the servers it starts end with it."""

    def __init__(self, options):
        self.options = options
        self.recording = Recording(options.directory)
        self.report = Report()
        self.directory = tempfile.mkdtemp(prefix="mrc-")
        self.clock = ServerClock.make(self.directory) if self.recording.kind == "postgres" else None
        self.database = open_database(self.recording.kind, os.path.join(self.directory, "m"), **({"clock": self.clock} if self.clock else {}))

    def wanted(self, *parts):
        return any(part in self.options.only for part in parts)

    def run(self):
        for name in ("t0", "t1"):
            if self.wanted(f"fresh-{name}"):
                self._fresh(name)
        for name, run, title in (("settings", SettingsRun, "other settings, over T1"), ("extra", ExtraRun, "after T1's control calls"),
                                 ("cli", CliRun, "the command line, over T1")):
            if self.wanted(name) and self.recording.has(name):
                self._over_t1(name, run, title)
        if self.wanted("live", "webhooks", "dead-letters"):
            self._live()
        return self.report.finish(rules.ALL + OPERATIONS_RULES + control_judge.ALL)

    def _millrace(self, name, webhook_url=None):
        token = self.recording.t0.credentials()["full"]["token"]
        whole = settings(self.recording, self.database, SERVER_IDS[name], webhook_url)
        return MillraceProcess(self.options.millrace, os.path.join(self.directory, name), whole, token)

    def _fresh(self, name):
        self.report.open_section(f"fresh start, {name.upper()}")
        state = self.recording.state(name)
        managed = self.recording.interests if name == "t1" else {}
        self.database.restore(self.recording.dump(name), DATABASE)
        millrace = self._millrace(f"fresh-{name}")
        millrace.settings["credentials"] = with_interests(millrace.settings["credentials"], managed)
        try:
            millrace.start(state.clock_start)
            self.report.note(f"serving after {millrace.wait_until_serving():.1f} s")
            FreshStart(state, millrace, read_source(self.database, DATABASE), self.report).run()
            millrace.stop()
        finally:
            millrace.kill()

    def _over_t1(self, name, run, title):
        """A part that goes on where T1's recording ended, with the scenario's managed credentials as configured ones."""
        self.report.open_section(title)
        self.database.restore(self.recording.dump("t1"), DATABASE)
        millrace = self._millrace(name)
        millrace.settings["credentials"] = millrace.settings["credentials"] + self.recording.managed_credentials
        try:
            if name == "extra":
                millrace.start(self.recording.extra.clock_start)
                self.report.note(f"serving after {millrace.wait_until_serving():.1f} s")
            run(self.recording, millrace, read_source(self.database, DATABASE), self.report).run()
            millrace.stop()
        finally:
            millrace.kill()

    def _live(self):
        self.report.open_section("live, T0 to T1: the feed")
        self.database.restore(self.recording.dump("t0"), DATABASE)
        replay = open_replay(self.recording, self.database, DATABASE, self.directory, self.clock)
        receiver = Receiver(SECRET)
        millrace = self._millrace("live", receiver.url)
        live = LiveRun(self.recording, self.database, millrace, receiver, replay, self.report)
        try:
            live.play()
            live.compare_feed(read_source(self.database, DATABASE).order_clocks)
            live.remember_deliveries()
            if self.wanted("webhooks"):
                self.report.open_section("live, T0 to T1: webhooks")
                live.compare_webhooks()
            if self.wanted("dead-letters"):
                self.report.open_section("live, T0 to T1: dead letters and their replay")
                DeadLetterRun(self.recording.t1, millrace, self.report).run()
            millrace.stop()
        finally:
            millrace.kill()
            receiver.stop()

    def end(self, failed):
        self.database.stop()
        if self.options.keep or failed:
            print(f"files kept in {self.directory}", file=sys.stderr)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", help="a folder of recordings, laid out like fixtures/craft/mariadb")
    parser.add_argument("--millrace", required=True, help="the binary to compare")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part to run; may be repeated; default: all")
    parser.add_argument("--keep", action="store_true", help="keep logs, stores and databases")
    options = parser.parse_args(arguments)
    options.only = options.only or list(PARTS)
    options.millrace = os.path.abspath(options.millrace)
    return options


def main():
    run = Run(parse(sys.argv[1:]))
    status = 2
    try:
        status = run.run()
    finally:
        run.end(status)
    return status


if __name__ == "__main__":
    sys.exit(main())
