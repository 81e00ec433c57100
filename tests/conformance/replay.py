"""The recorded changes, run against a live server in parts, with the commit times of the recording."""

import gzip
import itertools
import os
import re
import struct
import subprocess
from datetime import datetime, timedelta, timezone

SHIM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "server_clock.c")
EPOCH_2000 = datetime(2000, 1, 1, tzinfo=timezone.utc)


def open_replay(recording, database, name, directory, clock):
    if recording.kind == "mariadb":
        return BinlogReplay(database, recording.unpack_binlogs(directory))
    return SqlReplay(database, name, recording, clock)


class BinlogReplay:
    """MariaDB's own tool gives the recorded times."""

    def __init__(self, database, files):
        self.database = database
        self.files = files

    def between(self, start, stop):
        """What was committed from `start` (included) to `stop` (excluded); RFC 3339 or None."""
        self.database.replay_binlog(self.files, *(at and at.replace("T", " ").removesuffix("Z") for at in (start, stop)))


class ServerClock:
    """The clock of a server that runs with the shim server_clock.c: it stands where it is set, or is the machine's."""

    def __init__(self, library, file):
        self.environment = {"LD_PRELOAD": library, "SERVER_CLOCK_FILE": file}
        self.file = file

    @classmethod
    def make(cls, directory):
        os.chmod(directory, 0o755)
        library, file = os.path.join(directory, "server_clock.so"), os.path.join(directory, "clock")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, SHIM, "-ldl"], check=True)
        with open(file, "wb") as clock:
            clock.write(struct.pack("=q", 0))
        os.chmod(file, 0o644)
        return cls(library, file)

    def set(self, instant):
        """Microseconds since 1970; 0: the machine's clock again."""
        with open(self.file, "r+b") as clock:
            clock.write(struct.pack("=q", instant))


class SqlReplay:
    """PostgreSQL: the recorded SQL, one transaction after the other; the times are those of the recorded messages."""

    def __init__(self, database, name, recording, clock):
        self.database = database
        self.name = name
        self.clock = clock
        self.transactions = list(zip(commit_times(recording), sql_transactions(recording), strict=True))

    def between(self, start, stop):
        """What was committed from `start` (included) to `stop` (excluded); RFC 3339 or None."""
        chosen = [(at, sql) for at, sql in self.transactions if (start is None or at >= start) and (stop is None or at < stop)]
        try:
            for at, group in itertools.groupby(chosen, key=lambda one: one[0]):
                self.clock.set(int(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp()) * 1_000_000)
                self.database.replay([sql for _, sql in group], self.name)
        finally:
            self.clock.set(0)


def sql_transactions(recording):
    """The recorded SQL in whole transactions."""
    with gzip.open(recording.file("changes.sql.gz"), "rt", encoding="utf-8", newline="\n") as lines:
        return [part + "COMMIT;\n" for part in lines.read().split("COMMIT;\n") if part.strip()]


def commit_times(recording):
    """When the transactions of the recorded SQL were committed, to the second: those of the messages, without transactions that touch only the one
    table that the SQL leaves out."""
    with gzip.open(recording.file("changes.sql.gz"), "rt", encoding="utf-8", newline="\n") as lines:
        tables = set(re.findall(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"', lines.read(), flags=re.MULTILINE))
    names, times, rows = {}, [], set()
    with gzip.open(recording.file("pgoutput.tsv.gz"), "rt", encoding="ascii") as lines:
        for line in lines:
            message = bytes.fromhex(line.rstrip("\n").split("\t")[2])
            kind = message[:1]
            if kind == b"B":
                rows = set()
                at = EPOCH_2000 + timedelta(microseconds=struct.unpack(">q", message[9:17])[0])
            elif kind == b"R":
                names[message[1:5]] = message[5:].split(b"\0")[1].decode()
            elif kind in b"IUD":
                rows.add(names[message[1:5]])
            elif kind == b"C" and rows & tables:
                times.append(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return times
