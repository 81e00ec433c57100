"""Differences the contract intends: each a named rule with a predicate, counted where it applies, never a list of ids."""

from dataclasses import dataclass

from comparison import MISSING, sort_key


@dataclass(frozen=True)
class Rule:
    id: str
    section: str
    why: str


# ---- answers

D8 = Rule("D8", "18 D8", "limit errors have the documented text")
D9 = Rule("D9", "18 D9", "a 403 names the missing scope in its message")
D14 = Rule("D14", "18 D14", "the replay error has the documented text")
CODES = Rule("CODES", "8.3, C", "codes of our own: 410 CURSOR_EXPIRED, and 503 SERVICE_UNAVAILABLE until the first snapshot is complete")
OWN_CODES = {"CURSOR_EXPIRED", "SERVICE_UNAVAILABLE"}
WORDING = Rule("WORDING", "0.2", "the same code and status in other words")
Q6 = Rule("Q6", "1.1", "an empty object is {}, not PHP's []")
Q2 = Rule("Q2", "2.2", "an unknown route answers in the contract's envelope, not the CMS's")
WHOAMI = Rule("D10", "18 D10", "whoami has the documented data object, too")
SELF = Rule("SELF", "14.1", "what a service says about itself: its version, its environment, its own state")
DONATION_URL = Rule("DONATION", "11.5", "a donation has no url: null instead of an empty text")

# ---- the feed

R9 = Rule("R9", "21.2 R9", "an order has one clock: the later of its two timestamps (both read from the source)")
R11 = Rule("R11", "21.2 R11", "a change without an element save is a change, at its commit time")
HARD_DELETE = Rule("HARD-DELETE", "12.4", "a hard delete leaves a tombstone")

# ---- webhooks

R12 = Rule("R12", "21.2 R12", "the snapshot is that of the served site, not of the site being saved")
R13_SAME = Rule("R13-SAME", "21.2 R13", "a save that changes nothing visible sends nothing")
R13_ONE = Rule("R13-ONE", "21.2 R13", "one event per resource and transaction")
R13_DELETE = Rule("R13-DELETE", "21.2 R13", "a deleted product tells nothing of its variants first")
R14 = Rule("R14", "21.2 R14", "a restore sends an event")
BULK = Rule("BULK", "16.1", "SQL written past the CMS changes documents, so it sends events")
CART = Rule("CART", "16.1", "steps of a cart or an order between two saves are seen, each at its commit")
FULL = Rule("FULL", "16.1", "a product event coalesced with its variant's carries the product's own snapshot")
Q20 = Rule("Q20", "19 Q20", "a replayed dead letter reaches `delivered`")
LATER = Rule("LATER", "21.3", "updatedAt is the commit time where no element timestamp moved")

ALL = [D8, D9, D14, WORDING, CODES, Q2, Q6, WHOAMI, SELF, DONATION_URL, R9, R11, HARD_DELETE,
       R12, R13_SAME, R13_ONE, R13_DELETE, R14, BULK, CART, FULL, LATER, Q20]

SELF_PATHS = {"pluginVersion", "version", "environment", "info.version", "info.description"}
SELF_ADDITIONS = {"feed"}


def answer_rule(exchange, ours, difference):
    """The rule that intends this difference of an answer; None where nothing does. `ours`: the parsed body."""
    path = difference.path
    if exchange.status == 404 and isinstance(exchange.answer, dict) and "name" in exchange.answer:
        return Q2
    if difference.recorded == [] and difference.ours == {}:
        return Q6
    if path.startswith("authorization.availableScopes.") and isinstance(difference.ours, str) and difference.ours:
        return WORDING
    if path == "error.message":
        return wording_rule(exchange, difference)
    if path.startswith("details") and ours.get("details", [None])[0] == ours["error"]["message"]:
        return WORDING
    if path in SELF_PATHS or (difference.recorded is MISSING and path in SELF_ADDITIONS):
        return SELF
    if exchange.path == "/auth/whoami" and path == "data" and difference.recorded is MISSING:
        granted = exchange.answer["authorization"]["grantedScopes"]
        same = ours["data"].get("scopes") == granted and ours["data"].get("credentialId") == exchange.answer["principal"]["credentialId"]
        return WHOAMI if same else None
    return None


def added_rule(difference):
    """The rule by which a descriptor lists more than was recorded; None where it lists less or something else."""
    recorded, ours = difference.recorded, difference.ours
    if not isinstance(recorded, list) or not isinstance(ours, list) or any(one not in ours for one in recorded):
        return None
    more = [one for one in ours if one not in recorded]
    if more == ["delivered"]:
        return Q20
    own = all(one == "410" or isinstance(one, dict) and one.get("code") in OWN_CODES for one in more)
    return CODES if own else None


def wording_rule(exchange, difference):
    text = difference.ours
    if not isinstance(text, str) or not text:
        return None
    if exchange.status == 403:
        return D9 if text == f"Missing required scope: {exchange.answer.get('requiredScope')}" else None
    if exchange.path == "/webhooks/dlq/replay" and exchange.status == 400:
        return D14 if text.rstrip(".") == "Provide either `id` or `mode=all`" else None
    if "limit" in difference.recorded:
        return D8
    return WORDING


def without_donation_url(item, report):
    """A recorded item as rule DONATION has it."""
    if item["resourceType"] != "donation" or not item["snapshot"] or item["snapshot"].get("url") != "":
        return item
    report.rule(DONATION_URL.id)
    return {**item, "snapshot": {**item["snapshot"], "url": None}}


def one_clock(items, order_clocks, report):
    """Recorded items as the rules R9 and DONATION have them, in the contract's order again.

    `order_clocks`: order id -> (element timestamp, order timestamp, created) as RFC 3339, from the source.
    """
    moved = []
    for item in (without_donation_url(one, report) for one in items):
        clocks = order_clocks.get(item["resourceId"]) if item["resourceType"] == "order" and item["snapshot"] else None
        later = max(clocks[:2]) if clocks else item["updatedAt"]
        if later == item["updatedAt"]:
            moved.append(item)
            continue
        report.rule(R9.id)
        action = "created" if clocks[2] == later else "updated"
        moved.append({**item, "action": action, "updatedAt": later, "snapshot": {**item["snapshot"], "updatedAt": later}})
    return sorted(moved, key=sort_key)
