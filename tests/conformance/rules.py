"""Differences the contract intends: each a named rule with a predicate, counted where it applies, never a list of ids."""

import base64
import json
from dataclasses import dataclass

from comparison import MISSING, sort_key
from list_parameters import status_of


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
WHOAMI_SCHEMA = Rule("WHOAMI", "14.2", "the schema of whoami names the keys that whoami has")
SELF = Rule("SELF", "14.1", "what a service says about itself: its version, its environment, its own state")
DONATION_URL = Rule("DONATION", "11.5", "a donation has no url: null instead of an empty text")

# ---- lists and shows

R2 = Rule("R2", "21.2 R2", "an unknown user group is an empty list, not a 500")
R3 = Rule("R3", "21.2 R3", "an unknown order status is an empty list, not all orders")
R4 = Rule("R4", "21.2 R4", "a body that is no JSON is the caller's error")
R5 = Rule("R5", "21.2 R5", "every status of variants, donations and subscriptions means something")
R6 = Rule("R6", "21.2 R6", "status=all lists products of every status")
R7 = Rule("R7", "21.2 R7", "a product's url is its real one")
R8 = Rule("R8", "21.2 R8", "a nested entry is live only under live owners")
R10 = Rule("R10", "21.2 R10", "the expired filter goes by the item's own status")
Q5 = Rule("Q5", "6.4", "an empty parameter is one not given")
Q10 = Rule("Q10", "19 Q10", "a product cursor that is none is an error")
SEARCH = Rule("SEARCH", "9.16", "the search index is ours: every term begins a word of a named key")
MONEY = Rule("MONEY", "11.6", "an amount is the stored decimal, not a sum of binary fractions")
ITEM_ORDER = Rule("ITEM-ORDER", "11.6", "line items of one second, which the contract leaves in any order, come by their ids (times read from the source)")
NULLABLE = Rule("NULLABLE", "11", "the schema of a value that may be null says so")
LAG_400 = Rule("LAG-400", "15.2", "the descriptor of lag names the 400 of a limit out of range")
CONTROL_400 = Rule("CONTROL-400", "gov 4.1", "lists of governed actions refuse a limit out of range, and say so")
Q12 = Rule("Q12", "15.5", "lag is computed when it is read")
D12 = Rule("D12", "18 D12", "a checkpoint's cursor is stored whole")

# ---- the feed

R9 = Rule("R9", "21.2 R9", "an order has one clock, for its value and its place: the later of its two timestamps (both read from the source)")
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

# ---- the command line

CLI_REDACTED = Rule("CLI-REDACT", "gov. 8", "the command line redacts by default")
CLI_STATUS = Rule("CLI-STATUS", "gov. 8", "a status that does not exist is taken as live, as recorded, and that is said")
CLI_OVER_HTTP = Rule("CLI-HTTP", "gov. 5.1", "the command line asks over HTTP, so the web-request criterion passes")

ALL = [D8, D9, D12, D14, WORDING, CODES, WHOAMI, WHOAMI_SCHEMA, SELF, Q2, Q5, Q6, Q10, Q12, SEARCH, DONATION_URL, MONEY, ITEM_ORDER, NULLABLE, LAG_400, CONTROL_400,
       R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, HARD_DELETE,
       R12, R13_SAME, R13_ONE, R13_DELETE, R14, BULK, CART, FULL, LATER, Q20,
       CLI_REDACTED, CLI_STATUS, CLI_OVER_HTTP]

SELF_PATHS = {"pluginVersion", "version", "environment", "info.version", "info.description"}
SELF_ADDITIONS = {"feed"}


@dataclass(frozen=True)
class ListQuestion:
    """A list whose recorded rows are not the computed ones (both one page or one whole window, after `filter` and `fields`)."""

    exchange: object
    caller: object
    recorded: list
    computed: list
    source: object


def begins_with(rows, start):
    return rows[:len(start)] == start


def shows_hidden_entries(question):
    """Without the nested entries whose owners are not live the recorded rows are how the computed ones begin."""
    now, source = question.exchange.instant, question.source
    shown = [row for row in question.recorded if source.owners_are_live(str(row.get("id")), now)]
    return len(shown) < len(question.recorded) and begins_with(question.computed, shown)


def list_rule(question):
    """The rule by which a list's rows are those computed; None where nothing explains it."""
    path, parameters, status = question.exchange.path, question.exchange.parameters, status_of(question.exchange)
    if parameters.get("limit") == "" and begins_with(question.computed, question.recorded):
        return Q5
    if not question.recorded and (status in ("live", "pending", "expired") and path in ("/variants", "/donations")
                                  or status in ("suspended", "canceled") and path == "/subscriptions"):
        return R5
    if path == "/products" and status == "all":
        return R6
    if path == "/orders" and status != "all" and not question.computed:
        return R3
    if status == "expired" and begins_with(question.computed, [row for row in question.recorded if row["status"] == "expired"]):
        return R10
    if path == "/entries" and not question.caller.has("entries:read_all_statuses") and shows_hidden_entries(question):
        return R8
    return SEARCH if parameters.get("q") or parameters.get("search") else None


def other_answer(exchange):
    """Where the TARGET answers with another status: (rule, status, error code or None); None where it does not."""
    if exchange.status == 404 and isinstance(exchange.answer, dict) and "name" in exchange.answer:
        return Q2, 404, "NOT_FOUND"
    if exchange.path == "/products" and exchange.status == 200 and exchange.parameters.get("cursor") and not is_page_cursor(exchange.parameters["cursor"]):
        return Q10, 400, "INVALID_REQUEST"
    if exchange.status == 500 and exchange.path == "/users" and exchange.parameters.get("group"):
        return R2, 200, None
    if exchange.status == 500 and isinstance(exchange.body, str) and not is_json(exchange.body):
        return R4, 400, "INVALID_REQUEST"
    return None


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def is_page_cursor(text):
    """Of the reference's form: base64 of an object (one without an offset begins at the first page)."""
    try:
        return isinstance(json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True)), dict)
    except ValueError:
        return False


def answer_rule(exchange, ours, difference):
    """The rule that intends this difference of an answer; None where nothing does. `ours`: the parsed body."""
    path = difference.path
    if exchange.path == "/schema" and path in ("response.properties.version", "response.properties.runtimeProfile") and "/whoami" in str(ours.get("path")):
        return WHOAMI_SCHEMA if difference.ours is MISSING else None
    if difference.recorded == [] and difference.ours == {}:
        return Q6
    if path.startswith("authorization.availableScopes.") and isinstance(difference.ours, str) and difference.ours:
        return WORDING
    if path == "error.message":
        return wording_rule(difference)
    if path.startswith("details[") and ours["details"][0] == ours["error"]["message"]:
        return WORDING if says_the_same(difference) else None
    if path == "version" and not is_release(difference.recorded):
        return None
    if path in SELF_PATHS or (difference.recorded is MISSING and path in SELF_ADDITIONS):
        return SELF
    if exchange.path == "/auth/whoami" and path == "data" and difference.recorded is MISSING:
        granted = exchange.answer["authorization"]["grantedScopes"]
        same = ours["data"].get("scopes") == granted and ours["data"].get("credentialId") == exchange.answer["principal"]["credentialId"]
        return WHOAMI if same else None
    return None


def added_rule(difference, entry):
    """The rule by which the descriptor of `entry` lists more than was recorded; None where it lists less or something else."""
    recorded, ours = difference.recorded, difference.ours
    if difference.path.endswith(".type") and ours == [recorded, "null"]:
        return NULLABLE
    if not isinstance(recorded, list) or not isinstance(ours, list) or any(one not in ours for one in recorded):
        return None
    more = [one for one in ours if one not in recorded]
    if more == ["delivered"]:
        return Q20
    if more == ["400"] and entry.endswith("/lag"):
        return LAG_400
    if more == ["400"] and entry.startswith("GET /control/"):
        return CONTROL_400
    own = all(one == "410" or isinstance(one, dict) and one.get("code") in OWN_CODES for one in more)
    return CODES if own else None


def is_release(text):
    return isinstance(text, str) and text[:1].isdigit()


def says_the_same(difference):
    """Another text is free (0.2) as long as it names what the recorded one names first in backticks."""
    named = difference.recorded.split("`")[1:2]
    return isinstance(difference.ours, str) and bool(difference.ours) and all(f"`{name}`" in difference.ours for name in named)


def documented(body, used):
    """A recorded error (in TARGET form) with the texts the documents show; rules that changed one are added to `used`."""
    message = body["error"]["message"]
    if body["error"]["code"] == "FORBIDDEN" and message.startswith("Missing required scope"):
        rule, text = D9, f"Missing required scope: {body['requiredScope'].split(' | ')[0]}"  # of several the first is named (D23)
    elif message == "Invalid `limit`; expected integer between 1 and 200.":
        rule, text = D8, "Query parameter `limit` must be between 1 and 200"
    elif message == "Provide `id` or `mode=all`.":
        rule, text = D14, "Provide either `id` or `mode=all`"
    else:
        return body
    used.append(rule)
    details = {"details": [text if one == message else one for one in body["details"]]} if "details" in body else {}
    return {**body, "error": {**body["error"], "message": text}, **details}


def wording_rule(difference):
    """Another message text; those the documents show are compared as they stand."""
    shown = difference.recorded.startswith(("Missing required scope: ", "Query parameter ", "Provide either "))
    same = difference.ours == difference.recorded + "." if shown else says_the_same(difference)
    return WORDING if same else None


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
