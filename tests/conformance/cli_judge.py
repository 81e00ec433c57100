"""One recorded command against ours: exit status, standard output, standard error (governance contract section 8)."""

import copy
import json

import rules
from comparison import MISSING, differences
from descriptors import usage_problems, without_texts

CHECKS = {"auth-check", "readiness-check", "reliability-check", "lifecycle-report", "smoke"}
CATALOGUES = {"template-catalog": "templates", "starter-packs": "starterPacks"}
STATUSES = {"live", "pending", "disabled", "expired", "all", "any"}  # of products and entries; another one is taken as live
REDACTED = "[redacted]"
LINE_AMOUNTS = ("salePrice", "subtotal", "total")  # of an order's line, seen with the sensitive scope only
# Details of checks that follow from the configuration, so they are compared; the rest is the state of a running service.
SETTLED = {"environment", "requireToken", "allowQueryToken", "tokenScopes", "rateLimitPerMinute", "rateLimitWindowSeconds", "thresholdReady", "thresholds",
           "environmentProfile", "environmentProfileSource", "effectivePolicyVersion", "service", "type", "source", "command", "check", "strict"}
OVER_HTTP = ("readinessScore", "breakdown[0].passed", "breakdown[0].score", "warnings")


class Invocation:
    """A recorded command with what was given to it."""

    def __init__(self, name, recorded):
        self.name = name
        self.recorded = recorded
        self.given = dict(one.removeprefix("--").split("=", 1) for one in recorded["command"][1:])
        self.json = self.given.get("json") == "1"
        self.strict = self.given.get("strict") == "1"

    @property
    def replaces_status(self):
        return self.name in ("product-list", "entry-list") and self.given.get("status", "live") not in STATUSES

    def finds_no_order(self, statuses):
        """Rule R3: no recorded order has the status that was asked for."""
        return self.name == "order-list" and self.given.get("status", "all") != "all" and self.given["status"] not in statuses


def problems(name, recorded, ours, report):
    """Why `ours` ({exit, stdout, stderr}) is not what was recorded under the rules, which are counted in `report`."""
    told, used = Invocation(name, recorded), set()
    found = check_problems(told, ours, used) if name in CHECKS else bundle_problems(told, ours, used) if name == "diagnostics-bundle" else \
        answer_problems(told, ours, used)
    for rule in used:
        report.rule(rule.id)
    return found


# ---- lists, shows, catalogues


def answer_problems(told, ours, used):
    found = [] if ours["exit"] == told.recorded["exit"] else [f"exit {ours['exit']}, recorded {told.recorded['exit']}"]
    found += stderr_problems(told, ours, used)
    recorded = told.recorded["stdout"]
    if not told.json or not recorded:
        return found + line_problems(operator_lines(told, recorded.splitlines(), used), ours["stdout"].splitlines())
    return found + form_problems(ours["stdout"]) or found + tree_problems(told, json.loads(recorded), json.loads(ours["stdout"]), used)


def stderr_problems(told, ours, used):
    recorded, mine = told.recorded["stderr"], ours["stderr"]
    if told.replaces_status:
        said = mine.count("\n") == 1 and told.given["status"] in mine
        used.add(rules.CLI_STATUS)
        return [] if said else [f"stderr does not say that the status was replaced: {mine!r}"]
    if bool(recorded) != bool(mine):
        return [f"stderr {mine!r}, recorded {recorded!r}"]
    if recorded != mine:
        used.add(rules.WORDING)
    return []


def form_problems(text):
    """JSON output is one document of four spaces a level, ASCII only."""
    try:
        form = json.dumps(json.loads(text), indent=4) + "\n"
    except ValueError as error:
        return [f"stdout is no JSON: {error}"]
    return [] if text == form else ["stdout is JSON in another form"]


def line_problems(expected, ours):
    found = [f"line {i + 1}: {now!r}, recorded {then!r}" for i, (then, now) in enumerate(zip(expected, ours)) if then != now][:3]
    return found + ([f"{len(ours)} lines, recorded {len(expected)}"] if len(expected) != len(ours) else [])


def operator_lines(told, lines, used):
    """Recorded lines as an operator without sensitive scopes sees them."""
    statuses = {word.removeprefix("status=") for line in lines for word in line.split() if word.startswith("status=")}
    if told.finds_no_order(statuses):
        used.add(rules.R3)
        return ["Orders: 0"]
    if told.name != "order-show":
        return lines
    hidden = [hidden_line(line) for line in lines]
    used.update([rules.CLI_REDACTED] if hidden != lines else [])
    return hidden


def hidden_line(line):
    if line.startswith("Email: "):
        return f"Email: {REDACTED}"
    return line.rsplit(" total=", 1)[0] + f" total={REDACTED}" if line.startswith("  - ") else line


def operator_tree(told, recorded, used):
    """The same of a recorded document."""
    tree = copy.deepcopy(recorded)
    rows = tree.get("data") if isinstance(tree.get("data"), list) else [tree.get("data")]
    if told.name.startswith("order-") and any(rows):
        used.add(rules.CLI_REDACTED)
        for row in rows:
            row.update(email=None, emailRedacted=True)
            for line in row.get("lineItems", []):
                for name in LINE_AMOUNTS:
                    line.pop(name)
        tree["meta"].get("filters", {}).update({"includeSensitive": False, "redactEmail": True} if "filters" in tree["meta"] else {})
        if told.finds_no_order({row["status"] for row in rows}):
            used.add(rules.R3)
            tree["data"], tree["meta"]["count"] = [], 0
    return tree


def tree_problems(told, recorded, ours, used):
    found = []
    catalogue = CATALOGUES.get(told.name)
    if catalogue:
        found += usage_problems(ours[catalogue])
        recorded, ours = without_texts(recorded), without_texts(ours)
    for one in differences(operator_tree(told, recorded, used), ours):
        rule = tree_rule(one)
        used.update([rule] if rule else [])
        found += [] if rule else [str(one)]
    return found


def tree_rule(one):
    if one.path == "version":
        return rules.SELF
    if one.path.startswith("meta.errors[") and isinstance(one.ours, str) and one.ours:
        return rules.WORDING
    cents = isinstance(one.recorded, float) and isinstance(one.ours, (int, float)) and round(one.recorded, 2) == one.ours
    return rules.MONEY if cents else None


# ---- checks and the bundle: what they find is the state of the service, how they say it is recorded


def check_problems(told, ours, used):
    if told.json:
        return form_problems(ours["stdout"]) or check_tree_problems(told, ours, used)
    lists = {"Warnings:": ours["stdout"].splitlines(), "Errors:": ours["stderr"].splitlines()}
    warnings, errors = (bullets(lines, title) for title, lines in lists.items())
    failed = bool(errors) or (told.strict and bool(warnings))
    used.update([rules.SELF] if ours["exit"] != told.recorded["exit"] else [])
    stdout = [f"Check: {told.name}", f"Status: {'failed' if failed else 'ok'}"] + (["Mode: strict"] if told.strict else [])
    stdout += ["Warnings:", *warnings] if warnings else [] if errors else ["No issues detected."]
    found = line_problems(stdout, ours["stdout"].splitlines()) + line_problems(["Errors:", *errors] if errors else [], ours["stderr"].splitlines())
    return found + sorted_problems(warnings) + sorted_problems(errors) + ([] if ours["exit"] == int(failed) else [f"exit {ours['exit']}, failed {failed}"])


def bullets(lines, title):
    return [line for line in lines[lines.index(title):] if line.startswith("- ")] if title in lines else []


def sorted_problems(lines):
    return [] if lines == sorted(set(lines), key=str.encode) else ["a list is not sorted, or repeats itself"]


def check_tree_problems(told, ours, used):
    tree = json.loads(ours["stdout"])
    failed = bool(tree["errors"]) or (told.strict and bool(tree["warnings"]))
    found = [] if ours["exit"] == int(failed) and tree["status"] == ("failed" if failed else "ok") else [f"exit {ours['exit']}, status {tree['status']}, failed {failed}"]
    return found + sorted_problems(tree["errors"]) + sorted_problems(tree["warnings"]) + state_problems(told, tree, used)


def state_problems(told, ours, used):
    """The recorded keys are there with values of the same kind; what the configuration settles is equal."""
    found = []
    recorded = json.loads(told.recorded["stdout"])
    if list(recorded) != list(ours):
        found.append(f"members {list(ours)}, recorded {list(recorded)}")
    for one in differences(recorded, ours, strict=False):
        if one.path.endswith(OVER_HTTP) and told.name in ("readiness-check", "smoke", "diagnostics-bundle"):
            used.add(rules.CLI_OVER_HTTP)
        elif one.ours is not MISSING and (kind(one.ours) == kind(one.recorded) or None in (one.ours, one.recorded)) and not settled(one.path):
            used.add(rules.SELF)
        else:
            found.append(str(one))
    return found


def settled(path):
    return any(part.split("[")[0] in SETTLED for part in path.split("."))


def kind(value):
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value)


def bundle_problems(told, ours, used):
    if told.json:
        found = form_problems(ours["stdout"]) or state_problems(told, json.loads(ours["stdout"]), used)
        status = '"failed"' if ours["exit"] else '"ok"'
        return found + ([] if f'\n    "status": {status},\n' in ours["stdout"] else [f"exit {ours['exit']} with another status"])
    then, now = told.recorded["stdout"].splitlines(), ours["stdout"].splitlines()
    labels = [[line.split(": ")[0] for line in lines] for lines in (then, now)]
    used.update([rules.SELF] if then != now else [])
    return line_problems(*labels) + ([] if now[1:2] == [f"Status: {'failed' if ours['exit'] else 'ok'}"] else [f"exit {ours['exit']}, {now[1:2]}"])
