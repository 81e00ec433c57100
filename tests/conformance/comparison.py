"""Recorded answers against ours, in the contract's TARGET form."""

from dataclasses import dataclass

MISSING = object()

# Differ between any two runs (fixtures/README.md); compared for presence only.
VOLATILE = {
    "generatedAt", "requestId", "page.snapshotEnd", "page.nextCursor",
    "rateLimit.remaining", "rateLimit.resetAt", "rateLimit.resetAtEpoch", "retryAfter",
}
FEW_REQUESTS = 10  # a limit so low that what remains of it can be compared

# Keys the TARGET adds to what was recorded, by path, with the section that adds them.
ADDITIONS = {
    "ok": "3.2", "requestId": "3.2", "pagination": "3.2", "page.resumeCursor": "8.3", "status": "3.1",
    "details": "3.1", "data.replayed": "16.8", "data.mode": "16.8", "data.ids": "16.8",
}


@dataclass(frozen=True)
class Difference:
    """At `path` the recording says `recorded` and we say `ours`; MISSING where one side has nothing."""

    path: str
    recorded: object
    ours: object

    def __str__(self):
        return f"{self.path or 'body'}: recorded {shown(self.recorded)}, ours {shown(self.ours)}"


def shown(value):
    return "nothing" if value is MISSING else repr(value) if len(repr(value)) <= 160 else repr(value)[:157] + "…"


def target_form(body):
    """The recorded flat error as the contract's TARGET has it (3.1); anything else unchanged."""
    if not isinstance(body, dict) or not isinstance(body.get("error"), str):
        return body
    rest = {key: value for key, value in body.items() if key not in ("error", "message")}
    return {"error": {"code": body["error"], "message": body["message"]}, **rest}


def differences(recorded, ours, path="", strict=True):
    """Where the two trees differ. Objects are compared by key, arrays by position; `strict`: keys only we have differ, too."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        found = []
        for key, value in recorded.items():
            found += differences(value, ours.get(key, MISSING), f"{path}.{key}" if path else key, strict)
        extra = [key for key in ours if key not in recorded] if strict else []
        return found + [Difference(f"{path}.{key}" if path else key, MISSING, ours[key]) for key in extra]
    if isinstance(recorded, list) and isinstance(ours, list) and len(recorded) == len(ours):
        return [one for i, pair in enumerate(zip(recorded, ours)) for one in differences(*pair, f"{path}[{i}]", strict)]
    if ours is not MISSING and path in VOLATILE and type(recorded) is type(ours):
        return []
    return [] if equal(recorded, ours) else [Difference(path, recorded, ours)]


def equal(recorded, ours):
    """Values are equal when their JSON is: 1 and true differ, 10 and 10.0 do not."""
    if isinstance(recorded, bool) or isinstance(ours, bool):
        return recorded is ours
    return recorded == ours


def envelope_problems(status, headers, body):
    """What an answer of the contract's own envelope must keep besides its recorded keys (3.1, 3.2)."""
    if not isinstance(body, dict) or "requestId" not in body:
        return [Difference("requestId", "the header's value", MISSING)]
    found = []
    if body["requestId"] != headers.get("x-request-id"):
        found.append(Difference("requestId", headers.get("x-request-id"), body["requestId"]))
    if status == 200 and body.get("ok") is not True:
        found.append(Difference("ok", True, body.get("ok", MISSING)))
    if status != 200 and "ok" in body:
        found.append(Difference("ok", MISSING, body["ok"]))
    if "page" in body:
        found += page_problems(body)
    if status == 429 and str(body.get("retryAfter")) != headers.get("x-ratelimit-reset"):
        found.append(Difference("retryAfter", headers.get("x-ratelimit-reset"), body.get("retryAfter", MISSING)))
    return found


def page_problems(body):
    """`page` and `pagination` say the same, and every page names where to continue later (3.3, 8.3)."""
    page = body["page"]
    same = {"hasMore": page.get("hasMore"), "nextCursor": page.get("nextCursor")}
    found = [] if body.get("pagination") == same else [Difference("pagination", same, body.get("pagination", MISSING))]
    if same["hasMore"] != (same["nextCursor"] is not None):
        found.append(Difference("page.nextCursor", "a cursor exactly while hasMore", same))
    if page.get("count") != len(body["data"]):
        found.append(Difference("page.count", len(body["data"]), page.get("count")))
    if not isinstance(page.get("resumeCursor"), str) or not page["resumeCursor"]:
        found.append(Difference("page.resumeCursor", "a cursor on every page", page.get("resumeCursor", MISSING)))
    return found


def unexpected(found):
    """Differences left when the TARGET's additional keys are taken away."""
    return [one for one in found if not (one.recorded is MISSING and one.path in ADDITIONS)]


# Header names that every recorded contract answer carries, and whether their value counts.
HEADERS = {"content-type": True, "cache-control": True, "pragma": True, "expires": True, "allow": True, "x-request-id": False,
           "x-ratelimit-limit": True, "x-ratelimit-remaining": False, "x-ratelimit-reset": False}


def header_differences(recorded, ours):
    found = []
    few = int(recorded.get("x-ratelimit-limit", FEW_REQUESTS + 1)) <= FEW_REQUESTS
    for name, value_counts in {**HEADERS, "x-ratelimit-remaining": few}.items():
        then, now = recorded.get(name, MISSING), ours.get(name, MISSING)
        if (then is MISSING) != (now is MISSING) or (value_counts and then != now):
            found.append(Difference(f"header {name}", then, now))
    return found


def sort_key(item):
    """The order of a snapshot (contract 12.5)."""
    return item["updatedAt"], item["resourceType"], int(item["resourceId"]), item["action"]


def sequence_problems(expected, ours):
    """Where two item sequences differ, exact order included; a few lines at most."""
    problems = []
    for i, (then, now) in enumerate(zip(expected, ours)):
        found = differences(then, now, f"[{i}]")
        problems += [str(one) for one in found[:2]]
        if len(problems) >= 4:
            return problems
    if len(expected) != len(ours):
        problems.append(f"{len(ours)} items, recorded {len(expected)}; " + first_surplus(expected, ours))
    return problems


def first_surplus(expected, ours):
    def key(item):
        return tuple(item.get(name) for name in ("resourceType", "resourceId", "action")) if isinstance(item, dict) else item

    missing = [key(item) for item in expected if key(item) not in {key(one) for one in ours}]
    surplus = [key(item) for item in ours if key(item) not in {key(one) for one in expected}]
    return f"missing {missing[:3]}, surplus {surplus[:3]}"
