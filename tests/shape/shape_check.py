#!/usr/bin/env python3
"""Checks the house's shape: usage shape_check.py RULE ROOT, RULE one of includes, sleeps, awaits, readmes, names.

Prints every offence as FILE:LINE: what is wrong, and exits 1 if there is one.
"""
import re
import sys
from pathlib import Path

# Who may include whom (design: the house). A room may always include itself.
BELOW = {
    "engine": [],
    "access": ["engine"],
    "feed": ["access", "engine"],
    "connectors": ["feed", "engine"],
    "delivery": ["feed", "access", "engine"],
    "replay": ["delivery", "feed", "access", "engine"],
    "app": ["replay", "delivery", "connectors", "feed", "access", "engine"],
}
# Folders of one room that do not know each other.
SIBLINGS = [{"connectors/mariadb", "connectors/postgres", "connectors/kafka", "connectors/import"}]
SOURCES = {".h", ".cpp", ".in"}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
SLEEP = re.compile(r"this_thread::sleep|\busleep\s*\(|\bnanosleep\s*\(|(?<![\w.])sleep\s*\(\s*\d|\btime\.sleep\s*\(")
BRACED_AWAIT = re.compile(r"[\w>]\{[^{};]*\bco_await\b")
CHOSEN_AWAIT = re.compile(r"\bco_await\s*\([^;]*\?[^;]*:")
EMPTY_NAMES = re.compile(r"^(util|utils|utility|common|helper|helpers|misc)(\.|_|$)")


def files(root, suffixes, folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
                yield path, path.relative_to(root).as_posix()


def lines(path):
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def sibling_of(name):
    return {s for group in SIBLINGS for s in group if name.startswith(s + "/")}


def includes(root):
    for path, name in files(root, SOURCES, BELOW):
        room = name.split("/")[0]
        for number, line in lines(path):
            found = INCLUDE.match(line)
            target = found.group(1) if found else ""
            other = target.split("/")[0]
            if other in ("tests", "bench"):
                yield f"{name}:{number}: {other}/ may not be included from {room}/"
            elif other in BELOW and other != room and other not in BELOW[room]:
                yield f"{name}:{number}: {room}/ may not include {other}/ ({target})"
            elif target and "/" not in target and (path.parent / target).exists():
                yield f"{name}:{number}: write the whole path of {target}, from the project's root"
            mine, theirs = sibling_of(name), sibling_of(target)
            if mine and theirs and mine != theirs:
                yield f"{name}:{number}: {min(mine)} and {min(theirs)} do not know each other"


def sleeps(root):
    for path, name in files(root, {".h", ".cpp", ".py"}, ["tests"]):
        if name.startswith("tests/shape/"):
            continue
        for number, line in lines(path):
            if SLEEP.search(line):
                yield f"{name}:{number}: tests do not sleep; wait for a condition with a deadline, or use a fake clock"


def awaits(root):
    for path, name in files(root, {".h", ".cpp"}, BELOW):
        for number, line in lines(path):
            if CHOSEN_AWAIT.search(line):
                yield f"{name}:{number}: no co_await on one of two tasks (a ? b : c): GCC 12 frees both; write if and else"
            if BRACED_AWAIT.search(line):
                yield f"{name}:{number}: no co_await inside an initializer's braces: GCC 12 frees what it gives twice; name it first"


def readmes(root):
    wanted = [Path(room) for room in BELOW] + [Path("tests"), Path("bench")]
    for room in BELOW:
        wanted += [p.relative_to(root) for p in sorted((root / room).glob("*")) if p.is_dir()]
    for folder in wanted:
        here = root / folder
        if here.is_dir() and any(p.is_file() for p in here.rglob("*")) and not (here / "README.md").exists():
            yield f"{folder.as_posix()}: has no README.md that says what lives here, how it flows and what it may touch"


def names(root):
    for folder in list(BELOW) + ["tests", "bench"]:
        for path in sorted((root / folder).rglob("*")):
            if "__pycache__" not in path.parts and EMPTY_NAMES.match(path.name):
                yield f"{path.relative_to(root).as_posix()}: the name says nothing; name what the code is about"


RULES = {"includes": includes, "sleeps": sleeps, "awaits": awaits, "readmes": readmes, "names": names}


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in RULES:
        print(__doc__)
        return 2
    offences = list(RULES[arguments[0]](Path(arguments[1]).resolve()))
    for offence in offences:
        print(offence)
    print(f"{arguments[0]}: {len(offences)} offences")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
