#!/usr/bin/env python3
"""seeds.py DIR OUT: cuts a recording into seeds. DIR of binlog files: runs of events for binlog_fuzz (first byte: events without a file's head). DIR with
pgoutput.tsv.gz: runs of messages for pgoutput_fuzz, each behind its length, with the relations that were sent before."""

import gzip
import os
import struct
import sys

EVENTS_A_SEED = 12
SEEDS = 200


def events(content):
    at = 4  # behind the magic
    while at + 19 <= len(content):
        size = struct.unpack_from("<I", content, at + 9)[0]
        if size < 19 or at + size > len(content):
            return
        yield content[at : at + size]
        at += size


def message_runs(file):
    """Whole transactions, several a seed; messages of 64 KB and more do not fit the target's form."""
    relations, run = {}, []
    with gzip.open(file, "rt", encoding="ascii") as lines:
        for line in lines:
            message = bytes.fromhex(line.rstrip("\n").split("\t")[2])
            if len(message) < 1 << 16:
                run.append(message)
            if message[:1] == b"R":
                relations[message[1:5]] = message
            if message[:1] == b"C" and len(run) >= EVENTS_A_SEED:
                yield list(relations.values()) + run
                run = []


def messages(source, out):
    for number, run in enumerate(message_runs(os.path.join(source, "pgoutput.tsv.gz"))):
        if number >= SEEDS:
            return
        with open(os.path.join(out, f"messages-{number}"), "wb") as seed:
            seed.write(b"".join(struct.pack(">H", len(message)) + message for message in run))


def main(source, out):
    os.makedirs(out, exist_ok=True)
    if os.path.exists(os.path.join(source, "pgoutput.tsv.gz")):
        return messages(source, out)
    made = 0
    for name in sorted(os.listdir(source)):
        opened = gzip.open if name.endswith(".gz") else open
        with opened(os.path.join(source, name), "rb") as file:
            found = list(events(file.read()))
        for start in range(0, len(found), EVENTS_A_SEED):
            if made >= SEEDS:
                return
            with open(os.path.join(out, f"{name}-{start}"), "wb") as seed:
                seed.write(b"\x01" + b"".join(found[start : start + EVENTS_A_SEED]))
            made += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
