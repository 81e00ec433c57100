"""/capabilities, /openapi.json and /schema entry by entry; /templates and /starter-packs: what we describe must be described as recorded."""

import rules
from comparison import differences, unexpected
from report import NOT_YET, Verdict

ENTRY_DOCUMENTS = {"/capabilities", "/openapi.json", "/schema"}
CATALOGUES = {"/templates": "templates", "/starter-packs": "starterPacks"}
FREE_TEXTS = {"summary", "description", "intent", "snippet", "sampleCommands"}  # contract 0.2, 14.6, 14.7
CONTROL_PLANE = ("control:", "entries:write")  # scopes that one flag switches together (contract 5.2)
SNIPPET_WORDS = ("SITE_URL", "BASE_URL", "AGENTS_TOKEN")


def is_descriptor(exchange):
    return exchange.status == 200 and (exchange.path in CATALOGUES or exchange.path in ENTRY_DOCUMENTS)


class DescriptorJudge:
    """`required`: paths that this version must describe; what else it lacks is not yet."""

    def __init__(self, required, report):
        self.required = required
        self.report = report

    def judge(self, exchange, ours):
        """The verdict over the document itself; its entries are reported one by one."""
        if exchange.path in CATALOGUES:
            return Verdict.of(self._problems(exchange, exchange.answer, ours) + usage_problems(ours[CATALOGUES[exchange.path]]))
        if "endpoint" in exchange.parameters:
            return Verdict.of(self._problems(exchange, exchange.answer, ours))
        recorded, lacking = without_unknown_scopes(exchange.answer, ours)
        for scope in lacking:
            self.report.add(f"{exchange.path} scopes", scope, Verdict(NOT_YET, (f"scope {scope}",)))
        theirs, mine = entries(exchange.path, recorded), entries(exchange.path, ours)
        for name, (path, entry) in sorted(theirs.items()):
            verdict = self._lacks(name, path) if name not in mine else Verdict.of(self._problems(exchange, entry, mine[name][1], name))
            self.report.add(f"{exchange.path} entries", f"{exchange.path}: {name}", verdict)
        known = {path for path, _ in theirs.values()}
        surplus = sorted(name for name, (path, _) in mine.items() if name not in theirs and (path not in known or exchange.path != "/schema"))
        problems = [f"describes {name}, which the contract does not know" for name in surplus]
        if exchange.path == "/schema" and ours.get("count") != len(ours["schemas"]):
            problems.append(f"count {ours.get('count')}, {len(ours['schemas'])} schemas")
        return Verdict.of(problems + self._problems(exchange, rest(exchange.path, recorded), rest(exchange.path, ours)))

    def _lacks(self, name, path):
        return Verdict.of([f"{name} is not described"]) if path in self.required else Verdict(NOT_YET, (f"described: {path}",))

    def _problems(self, exchange, recorded, ours, name=""):
        """Differences that no rule intends; more keys than recorded are additions (a parameter of our own, say)."""
        problems = []
        for one in unexpected(differences(without_texts(recorded), without_texts(ours), strict=False)):
            rule = rules.answer_rule(exchange, ours, one) or rules.added_rule(one, name)
            if rule:
                self.report.rule(rule.id)
            else:
                problems.append(f"{name} {one}".strip())
        return problems


def usage_problems(items):
    """Free texts still have to show how it is used (14.6, 14.7)."""
    problems = []
    for item in items:
        texts = {f"{item['id']} {name}": one.get("snippet", "") for name, one in item.get("runtimes", {}).items()}
        problems += [f"{where} does not mention {word}" for where, text in texts.items() for word in SNIPPET_WORDS if word not in text]
        if "runtimes" not in item and not item.get("sampleCommands"):
            problems.append(f"{item['id']} has no sampleCommands")
    return problems


def without_unknown_scopes(recorded, ours):
    """The recorded answer without the scopes of the control plane where we serve none of it, and which those are."""
    if "authorization" not in recorded:
        return recorded, set()
    served = any(name.startswith(CONTROL_PLANE) for name in ours["authorization"]["availableScopes"])
    lacking = {name for name in recorded["authorization"]["availableScopes"] if name.startswith(CONTROL_PLANE) and not served}
    kept = {"grantedScopes": [name for name in recorded["authorization"]["grantedScopes"] if name not in lacking],
            "availableScopes": {name: text for name, text in recorded["authorization"]["availableScopes"].items() if name not in lacking}}
    return {**recorded, "authorization": {**recorded["authorization"], **kept}}, lacking


def entries(path, document):
    """What a document lists: name -> (the path it is about, a comparable tree)."""
    if path == "/capabilities":
        listed = {f"{one['method']} {one['path']}": (one["path"], one) for one in document["endpoints"]}
        return {**listed, **{f"command {name}": (name, {}) for name in document.get("commands", [])}}
    if path == "/schema":
        return {name: (one["path"].removeprefix("/agents/v1"), one) for name, one in document["schemas"].items()}
    return {f"{method.upper()} {name}": (name, operation(one)) for name, item in document["paths"].items() for method, one in item.items()}


def rest(path, document):
    listed = {"/capabilities": {"endpoints", "commands"}, "/schema": {"schemas", "count"}, "/openapi.json": {"paths"}}[path]
    return {key: value for key, value in document.items() if key not in listed}


def operation(whole):
    """An operation as a comparable tree: parameters by name, responses by status code."""
    return {**whole, "parameters": {one["name"]: one for one in whole.get("parameters", [])}, "responses": sorted(whole["responses"])}


def without_texts(value):
    if isinstance(value, dict):
        return {key: without_texts(inner) for key, inner in value.items() if key not in FREE_TEXTS or not is_text(inner)}
    return [without_texts(inner) for inner in value] if isinstance(value, list) else value


def is_text(value):
    return isinstance(value, str) or isinstance(value, list) and all(isinstance(one, str) for one in value)
