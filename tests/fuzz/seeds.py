#!/usr/bin/env python3
"""seeds.py DIR OUT: cuts recorded binlog files into runs of events, as seeds for binlog_fuzz (first byte: events without a file's head)."""

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


def main(source, out):
    os.makedirs(out, exist_ok=True)
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
