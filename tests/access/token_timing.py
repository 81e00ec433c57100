#!/usr/bin/env python3
"""Recognising a token takes the same instructions whichever credential it is, and whether it is one at all.

usage: token_timing.py PROBE     (needs valgrind; says so and is skipped without it)
"""
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GOOD = [f"token-{1000 + i}-abcdefghijklmnop" for i in (0, 1, 25, 49)]
NEAR = ["token-1000-abcdefghijklmnoq", "Xoken-1000-abcdefghijklmnop", "token-9999-zzzzzzzzzzzzzzzz"]  # last byte, first byte, nothing


def instructions(probe, token, directory):
    """Of probe_look_up and all it calls."""
    out = Path(directory) / "callgrind.out"
    subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=probe_look_up", f"--callgrind-out-file={out}", probe, token],
                   check=True, capture_output=True)
    found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(encoding="utf-8"), re.MULTILINE)
    return int(found.group(1))


def main():
    if not shutil.which("valgrind"):
        print("skipped: no valgrind")
        return 0
    with tempfile.TemporaryDirectory() as directory:
        counts = {token: instructions(sys.argv[1], token, directory) for token in GOOD + NEAR}
    known = [subprocess.run([sys.argv[1], token], check=True, capture_output=True, text=True).stdout.strip() for token in GOOD + NEAR]
    expected = ["found"] * len(GOOD) + ["unknown"] * len(NEAR)
    if known != expected:
        print(f"the probe knows other tokens: {known}")
        return 1
    found = {counts[token] for token in GOOD}
    unknown = {counts[token] for token in NEAR}
    print(f"instructions with a known token {sorted(found)}, with an unknown one {sorted(unknown)}")
    # Behind the look-up one branch tells known from unknown, as the answer does anyway; which one, and how near, tells nothing.
    if len(found) != 1 or len(unknown) != 1 or min(found) < 1000 or abs(found.pop() - unknown.pop()) > 16:
        print("FAILED: the number of instructions depends on the token")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
