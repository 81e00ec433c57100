"""What a run found: verdicts, rule counts, and the lines printed about them."""

from collections import Counter
from dataclasses import dataclass, field

PASSED, FAILED, NOT_YET = "passed", "failed", "not yet"


@dataclass(frozen=True)
class Verdict:
    """The judgement of one thing compared: an exchange, an item, an event."""

    kind: str
    problems: tuple = ()  # why it failed, or what is not served yet

    @staticmethod
    def of(problems):
        problems = tuple(str(one) for one in problems)
        return Verdict(FAILED, problems) if problems else Verdict(PASSED)


class Report:
    """Counts verdicts per line; prints details of failures as they come, and the rest at the end."""

    def __init__(self, details=12):
        self.details = details  # failures printed in full per section
        self.totals = Counter()
        self.rules = Counter()
        self.not_yet_reasons = Counter()
        self.section = None

    def open_section(self, title):
        self.close_section()
        self.section = Section(title)
        print(f"\n== {title}", flush=True)

    def close_section(self):
        if self.section:
            self.section.print_lines()
        self.section = None

    def add(self, line, name, verdict, count=1):
        """`line` groups verdicts (a route, a resource); `name` says which one this is. `count`: recorded things it stands for."""
        self.totals[verdict.kind] += count
        self.section.lines.setdefault(line, Counter())[verdict.kind] += count
        if verdict.kind == NOT_YET:
            self.not_yet_reasons[verdict.problems[0] if verdict.problems else "not served"] += count
        if verdict.kind == FAILED:
            self.section.failures += 1
            if self.section.failures <= self.details:
                print(f"FAILED {name}")
                for problem in verdict.problems[:6]:
                    print(f"       {problem}", flush=True)

    def rule(self, rule_id, count=1):
        self.rules[rule_id] += count

    def note(self, text):
        print(text, flush=True)

    def finish(self, rules):
        """Prints rule counts, what is not served yet, and the last line. Returns the exit status."""
        self.close_section()
        print("\n== intended differences (rules)")
        for rule in rules:
            print(f"{rule.id:<12} {self.rules[rule.id]:>5}  contract {rule.section}: {rule.why}")
        print(f"\n== not yet: {self.totals[NOT_YET]}")
        for reason, count in self.not_yet_reasons.most_common():
            print(f"{count:>6}  {reason}")
        print(f"\n{self.totals[PASSED]} passed, {self.totals[FAILED]} failed")
        return 1 if self.totals[FAILED] or not self.totals[PASSED] else 0


@dataclass
class Section:
    title: str
    lines: dict = field(default_factory=dict)
    failures: int = 0

    def print_lines(self):
        for line, counts in self.lines.items():
            whole = sum(counts.values())
            later = f", {counts[NOT_YET]} not yet" if counts[NOT_YET] else ""
            bad = f", {counts[FAILED]} failed" if counts[FAILED] else ""
            print(f"{line} {counts[PASSED]} of {whole}{later}{bad}")
