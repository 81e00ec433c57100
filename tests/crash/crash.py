#!/usr/bin/env python3
"""Kills Millrace with SIGKILL at random moments and checks that nothing is lost. See README.md."""

import argparse
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


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", type=int, help="how many kills in all")
    parser.add_argument("--millrace", required=True, help="the binary to kill")
    parser.add_argument("--source", choices=sorted(KINDS), default="mariadb", help="what is read")
    parser.add_argument("--endpoints", type=int, default=0, help="so many endpoints of their own beside the configured one, each wanting something")
    parser.add_argument("--seed", type=int, help="repeats the kills of an earlier run")
    parser.add_argument("--keep", action="store_true", help="keep logs and stores")
    options = parser.parse_args(arguments)
    options.millrace = os.path.abspath(options.millrace)
    options.seed = options.seed if options.seed is not None else int(time.time())
    return options


def main():
    options = parse(sys.argv[1:])
    print(f"seed {options.seed}", flush=True)
    directory = tempfile.mkdtemp(prefix="mrx-")
    report = CrashReport()
    # Built beside the binary that is killed.
    bridge = {"bridge": os.path.join(os.path.dirname(options.millrace), os.pardir, "tests", "debezium_site")} if options.source == "kafka" else {}
    try:
        database = open_database(options.source, os.path.join(directory, "m"), **bridge)
    except Absent as reason:
        print(reason)
        os.rmdir(directory)
        return 0
    workload = Workload(database, options.seed)
    status = 2
    try:
        workload.install()
        for run in plan(options.kills, options.seed):
            CrashRun(run, options.millrace, directory, database, workload, report, options.endpoints).run()
        print(f"seed {options.seed}\n{report.passed} passed, {report.failed} failed")
        status = 1 if report.failed or not report.passed else 0
    finally:
        workload.close()
        database.stop()
        if status or options.keep:
            print(f"files kept in {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
