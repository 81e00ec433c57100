#!/usr/bin/env python3
"""Fills the disk under a Millrace that delivers to many endpoints, makes room again, and checks that nothing is lost or repeated. See README.md."""

import argparse
import contextlib
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

from blackbox.kafka_site import Absent
from blackbox.waiting import pause_for, wait_until
from crash import options_of, staged
from crash_run import CrashRun, WorkloadThread
from plan import RunPlan

DISK_MEGABYTES = 192
SLOW_SECONDS = 2


@contextlib.contextmanager
def small_disk(path):
    """A file system of DISK_MEGABYTES at `path`. PermissionError: this user may not mount one."""
    os.makedirs(path)
    mounting = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", path], capture_output=True, text=True, check=False)
    if mounting.returncode:
        raise PermissionError(mounting.stderr.strip())
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=False)


def fill(path):
    """Writes a file at `path` until nothing more goes in."""
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))


def slow(answer):
    def after_a_while(payload):
        pause_for(SLOW_SECONDS)
        return answer(payload)

    return after_a_while


class FullDiskRun(CrashRun):
    """No kill: the victim's disk is full for a while, and it is compared with the calm process as after kills."""

    def __init__(self, disk, *arguments):
        super().__init__(*arguments)
        self.ballast = os.path.join(disk, "ballast")

    def _stream(self):
        for party in (self.calm, self.victim):
            party.make_endpoints(self.endpoints)
        work = WorkloadThread(self.workload, pause=0.03)
        work.start()
        try:
            quick = self.victim.receiver.answer
            self.victim.receiver.answer = slow(quick)  # so that something is owed that could be sent
            pause_for(4)
            self.report.check("the store takes writes before", [] if self._writes() else ["/health says that it does not"])
            fill(self.ballast)
            wait_until(lambda: not self._writes(), "/health to say that the store takes no writes", seconds=15)
            self._check_that_it_waits()
            os.remove(self.ballast)
            self.victim.receiver.answer = quick
            wait_until(self._writes, "/health to say that the store takes writes again", seconds=15)
            pause_for(2)
        finally:
            work.end()

    def _writes(self):
        self.victim.millrace.check_alive()
        return self.victim.millrace.health()["systemComponents"]["cache"] is True

    def _check_that_it_waits(self):
        pause_for(SLOW_SECONDS + 1)  # what was under way when the first write failed
        before = len(self.victim.receiver.deliveries())
        calm = len(self.calm.receiver.deliveries())
        pause_for(4)
        sent = len(self.victim.receiver.deliveries()) - before
        self.report.check("what cannot be recorded is not sent", [f"{sent} attempts within 4 s"] if sent else [])
        self.report.check("meanwhile things happened", [] if len(self.calm.receiver.deliveries()) > calm else ["the calm process delivered nothing either"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options = options_of(parser, endpoints=20)
    try:
        with staged(options) as (directory, database, workload, report):
            with small_disk(os.path.join(directory, "victim-1", "store")) as disk:
                run = FullDiskRun(disk, RunPlan(1, options.seed, ()), options.millrace, directory, database, workload, report, options.endpoints)
                run.run()
    except Absent as reason:
        print(reason)
        return 0
    except PermissionError as refused:
        print(f"skipped: needs the right to mount a file system: {refused}")
        return 0
    return report.status


if __name__ == "__main__":
    sys.exit(main())
