"""What must hold after the kills: nothing lost, repeats with the same id only, order kept, the same feed."""

from collections import defaultdict


def key(item):
    return item["resourceType"], item["resourceId"]


def feed_problems(expected, ours):
    """Two drained feeds: the same items in the same order."""
    theirs, mine = {key(one): one for one in expected}, {key(one): one for one in ours}
    problems = [f"lost: {theirs[one]}" for one in theirs.keys() - mine.keys()]
    problems += [f"not in the run without kills: {mine[one]}" for one in mine.keys() - theirs.keys()]
    problems += [f"differs: without kills {theirs[one]}, with {mine[one]}" for one in theirs.keys() & mine.keys() if theirs[one] != mine[one]]
    if len(ours) != len(mine):
        problems.append("a resource appears twice in one window")
    if not problems and [key(one) for one in expected] != [key(one) for one in ours]:
        at = next(i for i, pair in enumerate(zip(expected, ours)) if pair[0] != pair[1])
        problems.append(f"order differs from position {at}: {key(expected[at])} without kills, {key(ours[at])} with")
    return problems


def followed_problems(followed, ours):
    """A reader with a resume cursor across all kills ends with the feed's newest state of every resource."""
    last = {key(one): one for one in followed}
    return [f"followed {last.get(key(one))}, feed {one}" for one in ours if last.get(key(one)) != one]


def accepted(deliveries):
    """Attempts that were answered 2xx, by event id, in order of arrival."""
    found = defaultdict(list)
    for one in deliveries:
        if 200 <= one.answered < 300:
            found[one.payload["id"]].append(one)
    return found


def lost_events(expected, ours):
    """Events of the run without kills that never reached the receiver."""
    return [f"never delivered: {attempts[0].text[:200]}" for event, attempts in accepted(expected).items() if event not in accepted(ours)]


def surplus_events(expected, ours):
    return [f"delivered only with kills: {attempts[0].text[:200]}" for event, attempts in accepted(ours).items() if event not in accepted(expected)]


def payload_problems(expected, ours):
    """Every attempt of one event carries the same bytes, and those of the run without kills; every signature holds."""
    problems = [f"bad signature: {one.text[:120]}" for one in ours if not one.signature_holds]
    bytes_of = {one.payload["id"]: one.text for one in expected}
    for one in ours:
        known = bytes_of.setdefault(one.payload["id"], one.text)
        if known != one.text:
            problems.append(f"two payloads of one event: {known[:160]} and {one.text[:160]}")
    return problems


def sequence_problems(ours):
    """An endpoint numbers its events from 1 without a gap, and one event keeps its number."""
    numbers = {}
    problems = []
    for one in ours:
        number = int(one.headers.get("x-agents-webhook-sequence", "0"))
        if numbers.setdefault(one.payload["id"], number) != number:
            problems.append(f"{one.payload['id']} came as {numbers[one.payload['id']]} and as {number}")
    missing = set(range(1, len(numbers) + 1)) ^ set(numbers.values())
    return problems + [f"number {number} is missing or out of range" for number in sorted(missing)]


def repeats(deliveries):
    """Pairs of an acceptance and the next one of the same event."""
    return [pair for attempts in accepted(deliveries).values() for pair in zip(attempts, attempts[1:])]


# A request may lie in the receiver's socket when its sender is killed, and be noted this much later (seconds).
NOTED_LATE = 0.5


def kills_between(first, again, kills):
    return [kill for kill in kills if first.at - NOTED_LATE <= kill <= again.at]


def repeat_problems(ours, kills, lag):
    """An accepted event is sent again only across a kill, and only where it was accepted at most `lag` seconds before it.

    `kills`: their instants (time.monotonic()).
    """
    problems = []
    for first, again in repeats(ours):
        between = kills_between(first, again, kills)
        if not between:
            problems.append(f"{first.payload['id']} repeated {again.at - first.at:.3f} s after its acceptance without a kill in between")
        elif between[0] - first.at > lag:
            problems.append(f"{first.payload['id']} repeated although it was accepted {between[0] - first.at:.3f} s before the kill")
    return problems


def longest_lag(ours, kills):
    """How long before a kill the oldest of the repeated acceptances was."""
    ages = [min((kill - first.at for kill in kills_between(first, again, kills)), default=0.0) for first, again in repeats(ours)]
    return max(ages, default=0.0)


def order_of_acceptance(deliveries):
    """Resource -> event ids in the order of their first acceptance."""
    found, seen = defaultdict(list), set()
    for one in deliveries:
        event = one.payload["id"]
        if 200 <= one.answered < 300 and event not in seen:
            seen.add(event)
            found[key(one.payload)].append(event)
    return found


def order_problems(expected, ours):
    """Events of one resource arrive in the same order as without kills."""
    theirs, mine = order_of_acceptance(expected), order_of_acceptance(ours)
    return [f"{one}: {mine[one]} instead of {theirs[one]}" for one in mine if one in theirs and mine[one] != theirs[one]]
