#!/usr/bin/env python3
"""Kills Millrace with SIGKILL at random moments and checks that nothing is lost. See README.md."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

from blackbox.database_server import KINDS, open_database
from blackbox.kafka_site import Absent
from crash_run import CrashRun
from plan import plan
from workload import Workload


class CrashReport:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, problems):
        """One condition; every problem found says why it does not hold."""
        self.passed += not problems
        self.failed += bool(problems)
        if problems:
            print(f"FAILED {name}: {len(problems)} problems")
            for problem in problems[:5]:
                print(f"       {problem}", flush=True)

    def note(self, text):
        print(text, flush=True)

    @property
    def status(self):
        """The exit status of a program that has come to its end."""
        return 1 if self.failed or not self.passed else 0


def options_of(parser, endpoints):
    """The command line: what `parser` knows already and what every program of this folder takes; so many endpoints where none are named."""
    parser.add_argument("--millrace", required=True, help="the binary that is tested")
    parser.add_argument("--source", choices=sorted(KINDS), default="mariadb", help="what is read")
    parser.add_argument("--endpoints", type=int, default=endpoints, help="so many endpoints of their own beside the configured one, each wanting something")
    parser.add_argument("--seed", type=int, help="repeats an earlier run")
    parser.add_argument("--keep", action="store_true", help="keep logs and stores")
    options = parser.parse_args()
    options.millrace = os.path.abspath(options.millrace)
    options.seed = options.seed if options.seed is not None else int(time.time())
    return options


@contextlib.contextmanager
def staged(options):
    """A directory, a database with the workload's first content, the workload and a report, which is summed up at the end. Files are kept where anything failed."""
    print(f"seed {options.seed}", flush=True)
    directory = tempfile.mkdtemp(prefix="mrx-")
    report = CrashReport()
    # Built beside the binary that is killed.
    bridge = {"bridge": os.path.join(os.path.dirname(options.millrace), os.pardir, "tests", "debezium_site")} if options.source == "kafka" else {}
    try:
        database = open_database(options.source, os.path.join(directory, "m"), **bridge)
    except Absent:
        os.rmdir(directory)
        raise
    workload = Workload(database, options.seed)
    ended = False
    try:
        workload.install()
        yield directory, database, workload, report
        print(f"seed {options.seed}\n{report.passed} passed, {report.failed} failed")
        ended = True
    finally:
        workload.close()
        database.stop()
        if options.keep or report.failed or not ended:
            print(f"files kept in {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, help="how many kills in all")
    options = options_of(parser, endpoints=0)
    try:
        with staged(options) as (directory, database, workload, report):
            for run in plan(options.kills, options.seed):
                CrashRun(run, options.millrace, directory, database, workload, report, options.endpoints).run()
    except Absent as reason:
        print(reason)
        return 0
    return report.status


if __name__ == "__main__":
    sys.exit(main())
