"""/capabilities and /openapi.json: what we describe must be described as recorded; what we lack is not yet."""

import rules
from comparison import differences, unexpected
from report import FAILED, NOT_YET, PASSED, Verdict

# Texts are free (contract 0.2), and lists of what exists are compared by entry below.
FREE_TEXTS = {"summary", "description"}
CONTROL_PLANE = ("control:", "entries:write")  # scopes that one flag switches together (contract 5.2)


def descriptor_verdict(exchange, ours, report):
    """Compares what both sides describe, entry by entry; entries only the recording has make the exchange not yet."""
    whole, lacking = without_unknown_scopes(exchange.answer, ours)
    recorded, mine, missing = shared(exchange.path, without_texts(whole), without_texts(ours))
    missing += lacking
    problems = []
    for one in unexpected(differences(recorded, mine, strict=False)):
        rule = rules.answer_rule(exchange, ours, one) or rules.added_rule(one)
        if rule:
            report.rule(rule.id)
        else:
            problems.append(str(one))
    surplus = described(exchange.path, ours) - described(exchange.path, exchange.answer)
    problems += [f"describes {entry}, which the contract does not know" for entry in sorted(surplus)]
    if problems:
        return Verdict(FAILED, tuple(problems))
    return Verdict(NOT_YET, ("descriptors of the routes this version lacks (the served ones were compared)",)) if missing else Verdict(PASSED)


def without_unknown_scopes(recorded, ours):
    """The recorded answer without the scopes of the control plane where we serve none of it, and how many those are."""
    if "authorization" not in recorded:
        return recorded, 0
    served = any(name.startswith(CONTROL_PLANE) for name in ours["authorization"]["availableScopes"])
    lacking = {name for name in recorded["authorization"]["availableScopes"] if name.startswith(CONTROL_PLANE) and not served}
    kept = {"grantedScopes": [name for name in recorded["authorization"]["grantedScopes"] if name not in lacking],
            "availableScopes": {name: text for name, text in recorded["authorization"]["availableScopes"].items() if name not in lacking}}
    return {**recorded, "authorization": {**recorded["authorization"], **kept}}, len(lacking)


def described(path, document):
    if path == "/capabilities":
        return {(entry["method"], entry["path"]) for entry in document["endpoints"]}
    return {(method.upper(), name) for name, item in document["paths"].items() for method in item}


def shared(path, recorded, ours):
    """Both documents with only the entries both have, keyed so that order does not matter; and whether any entry is missing."""
    return (capabilities if path == "/capabilities" else openapi)(recorded, ours)


def capabilities(recorded, ours):
    mine = {f"{one['method']} {one['path']}": one for one in ours["endpoints"]}
    theirs = {f"{one['method']} {one['path']}": one for one in recorded["endpoints"]}
    both = theirs.keys() & mine.keys()
    missing = len(theirs.keys() - mine.keys()) + len(set(recorded["commands"]) - set(ours.get("commands", [])))
    then = {**recorded, "endpoints": {key: theirs[key] for key in both}, "commands": []}
    now = {**ours, "endpoints": {key: mine[key] for key in both}, "commands": []}
    return then, now, missing


def openapi(recorded, ours):
    missing = len(recorded["paths"].keys() - ours["paths"].keys())
    then, now = {}, {}
    for path in recorded["paths"].keys() & ours["paths"].keys():
        for method in recorded["paths"][path].keys() & ours["paths"][path].keys():
            theirs, mine = recorded["paths"][path][method], ours["paths"][path][method]
            lacking = parameters(theirs).keys() - parameters(mine).keys()
            missing += len(lacking)
            then[f"{method} {path}"] = operation(theirs, lacking)
            now[f"{method} {path}"] = operation(mine, set())
    return {**recorded, "paths": then}, {**ours, "paths": now}, missing


def parameters(operation):
    return {one["name"]: one for one in operation.get("parameters", [])}


def operation(whole, without):
    """An operation as a comparable tree: parameters by name, responses by status code."""
    named = {name: one for name, one in parameters(whole).items() if name not in without}
    return {**whole, "parameters": named, "responses": sorted(whole["responses"])}


def without_texts(value):
    if isinstance(value, dict):
        return {key: without_texts(inner) for key, inner in value.items() if key not in FREE_TEXTS or not isinstance(inner, str)}
    return [without_texts(inner) for inner in value] if isinstance(value, list) else value
