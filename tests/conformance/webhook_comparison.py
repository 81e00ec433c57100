"""The events of the live run against the recorded ones: by resource, action and payload."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

import rules
from comparison import differences
from report import Verdict

BULK_SIZE = 50  # so many resources of one type in one second are a statement, not an editor
NEAR = 1  # seconds between the reference's enqueueing and the commit
PAYLOAD_KEYS = ["id", "occurredAt", "resourceType", "resourceId", "action", "updatedAt", "snapshot", "subscriptions"]


def resource(payload):
    return payload["resourceType"], payload["resourceId"]


def by_resource(payloads):
    found = defaultdict(list)
    for payload in payloads:
        found[resource(payload)].append(payload)
    return found


def is_brief(payload):
    """A product event caused by a variant: the reference sends id and updatedAt only."""
    return payload["snapshot"] is not None and payload["snapshot"].keys() == {"id", "updatedAt"}


def content(snapshot):
    """A snapshot without its timestamp."""
    return {key: value for key, value in snapshot.items() if key != "updatedAt"} if snapshot else snapshot


@dataclass
class Interests:
    """Whose interests an event meets, by the scenario's credentials and the instant they appeared."""

    since: str
    by_handle: dict  # handle -> {"types", "actions"} or None

    def subscriptions(self, payload):
        """The expected `subscriptions` object; None where the event must not be sent."""
        if payload["occurredAt"] < self.since:
            return {"mode": "firehose", "credentialHandles": []}
        handles = sorted(handle for handle, wants in self.by_handle.items() if wants and self._matches(wants, payload))
        return {"mode": "targeted", "credentialHandles": handles} if handles else None

    @staticmethod
    def _matches(wants, payload):
        return all(not allowed or payload[key] in allowed
                   for key, allowed in (("resourceType", wants["types"]), ("action", wants["actions"])))


class WebhookComparison:
    """`before`, `after`: (type, id) -> snapshot in the feed at T0 and at T1; None or absent where there is none."""

    def __init__(self, recorded, deliveries, before, after, interests, report):
        self.recorded = recorded
        self.deliveries = deliveries
        self.ours = [delivery.payload for delivery in deliveries]
        self.before = before
        self.after = after
        self.interests = interests
        self.report = report
        per_second = Counter((one["resourceType"], one["occurredAt"]) for one in self.ours)
        self.bulk = {key for key, count in per_second.items() if count >= BULK_SIZE}

    def run(self):
        self._check_attempts()
        theirs, mine = by_resource(self.recorded), by_resource(self.ours)
        for key in sorted(theirs.keys() | mine.keys()):
            self._resource(key, theirs[key], mine[key])

    def compare_with_feed(self, items):
        """What a subscriber was told last is what the feed shows. `items`: (type, id) -> item of the drained feed."""
        for key, events in sorted(by_resource(self.ours).items()):
            item, told = items.get(key), [one for one in events if not is_brief(one)]
            if item and told:
                snapshot = item["snapshot"] and {name: item["snapshot"].get(name) for name in told[-1]["snapshot"] or {}}
                found = [] if snapshot == told[-1]["snapshot"] else [f"told last {told[-1]['snapshot']}, feed {item}"]
                self.report.add("the last event equals the feed", f"{key}", Verdict.of(found))

    # ---- every attempt by itself

    def _check_attempts(self):
        seen = Counter(one["id"] for one in self.ours)
        for delivery, payload in zip(self.deliveries, self.ours):
            problems = self._form_problems(delivery, payload)
            if seen[payload["id"]] > 1:
                problems.append(f"{payload['id']} arrived {seen[payload['id']]} times")
            self.report.add("form, signature and subscriptions", f"event {payload['id']}", Verdict.of(problems))

    def _form_problems(self, delivery, payload):
        problems = [] if delivery.signature_holds else ["the signature does not hold"]
        if delivery.text != json.dumps(payload, ensure_ascii=False, separators=(",", ":")):
            problems.append("the body is not compact unescaped JSON")
        if list(payload) != PAYLOAD_KEYS:
            problems.append(f"payload keys {list(payload)}")
        if (payload["snapshot"] is None) != (payload["action"] == "deleted"):
            problems.append(f"{resource(payload)} {payload['action']} with snapshot {payload['snapshot']}")
        if delivery.headers.get("x-agents-webhook-id") != payload["id"]:
            problems.append("X-Agents-Webhook-Id is not the payload's id")
        expected = self.interests.subscriptions(payload)
        if payload["subscriptions"] != expected:
            problems.append(f"{resource(payload)} {payload['action']}: subscriptions {payload['subscriptions']}, expected {expected}")
        return problems

    # ---- the events of one resource

    def _resource(self, key, theirs, mine):
        line = f"{key[0]} events"
        pairs = align(theirs, mine, self.agree)
        matched_theirs, matched_mine = {i for i, _ in pairs}, {j for _, j in pairs}
        for i, j in pairs:
            rule = self.agree(theirs[i], mine[j])[1]
            self._count(rule)
            self.report.add(line, f"event of {key}", Verdict.of(self._pair_problems(theirs[i], mine[j])))
        for i in sorted(set(range(len(theirs))) - matched_theirs):
            rule = self._why_not_sent(theirs, mine, pairs, i)
            self._judge(line, rule, theirs[i], "recorded, not sent by us")
        for j in sorted(set(range(len(mine))) - matched_mine):
            rule = self._why_sent(mine, j)
            self._judge(line, rule, mine[j], "sent, not recorded")

    def _judge(self, line, rule, event, problem):
        """An event only one side has: right where a rule says so."""
        self._count(rule)
        name = f"{resource(event)} {event['action']} of {event['occurredAt']}"
        self.report.add(line, name, Verdict.of([] if rule else [f"{problem}: {event['updatedAt']} {event['snapshot']}"]))

    def _count(self, rule):
        if rule:
            self.report.rule(rule.id)

    def agree(self, theirs, mine):
        """(score, rule): 0 where the two are not the same event; 2 without any rule, 1 by a rule."""
        if theirs["action"] != mine["action"] or (theirs["snapshot"] is None) != (mine["snapshot"] is None):
            return 0, None
        if abs_seconds(mine["occurredAt"], theirs["occurredAt"]) > NEAR:
            return 0, None
        if theirs["snapshot"] == mine["snapshot"] and theirs["updatedAt"] == mine["updatedAt"]:
            return 2, None
        if is_brief(theirs) and not is_brief(mine):
            return 1, rules.FULL
        if content(theirs["snapshot"]) == content(mine["snapshot"]):
            return (1, rules.LATER) if theirs["updatedAt"] <= mine["updatedAt"] else (0, None)
        return (1, rules.R12) if self._is_served_site(theirs, mine) else (0, None)

    def _is_served_site(self, theirs, mine):
        """The reference told another site's texts; ours are those the served site had before and after."""
        known = [states.get(resource(mine)) for states in (self.before, self.after)]
        changed = {one.path for one in differences(theirs["snapshot"], mine["snapshot"]) if one.path != "updatedAt"}
        return changed <= {"title", "slug", "uri", "url"} and all(
            state is not None and mine["snapshot"][key] == state[key] for state in known for key in changed)

    @staticmethod
    def _pair_problems(theirs, mine):
        problems = []
        if mine["subscriptions"] != theirs["subscriptions"]:
            problems.append(f"subscriptions: recorded {theirs['subscriptions']}, ours {mine['subscriptions']}")
        if mine["occurredAt"] < theirs["occurredAt"]:
            problems.append(f"occurredAt {mine['occurredAt']} is before the recorded {theirs['occurredAt']}")
        return problems

    def _why_not_sent(self, theirs, mine, pairs, i):
        """The rule by which the reference sent what we do not."""
        event = theirs[i]
        later = [one for one in theirs[i + 1:] if one["occurredAt"] == event["occurredAt"]]
        if is_brief(event) and any(one["action"] == "deleted" for one in later):
            return rules.R13_DELETE
        if self._told_by_neighbour(theirs, mine, pairs, i):
            return rules.R13_ONE
        known = self._known_before(theirs, mine, pairs, i)
        same = known and (is_brief(event) or event["snapshot"] == {key: known.get(key) for key in event["snapshot"]})
        return rules.R13_SAME if event["action"] == "updated" and same else None

    @staticmethod
    def _told_by_neighbour(theirs, mine, pairs, i):
        """One of our events of the same second tells the same content."""
        event = theirs[i]
        for _, j in pairs:
            near = abs_seconds(mine[j]["occurredAt"], event["occurredAt"]) <= NEAR and mine[j]["snapshot"] is not None
            if near and (is_brief(event) or content(mine[j]["snapshot"]) == content(event["snapshot"])):
                return True
        return False

    def _known_before(self, theirs, mine, pairs, i):
        """The snapshot a subscriber knew before recorded event `i`: our last one matched before it, else that of T0."""
        before = [j for k, j in pairs if k < i]
        return mine[max(before)]["snapshot"] if before else self.before.get(resource(theirs[i]))

    def _why_sent(self, mine, j):
        """The rule by which we send what the reference did not."""
        event, previous = mine[j], mine[j - 1] if j else None
        if previous and previous["action"] == "deleted" and event["action"] in ("created", "updated"):
            return rules.R14
        if (event["resourceType"], event["occurredAt"]) in self.bulk:
            return rules.BULK
        if is_brief(event):  # the variant's own change does not show in it
            return rules.R11 if event["updatedAt"] >= event["occurredAt"] else None
        known = previous["snapshot"] if previous else self.before.get(resource(event))
        if event["action"] == "updated" and known is not None and known == event["snapshot"]:
            return None  # nothing visible changed: no rule allows that
        if event["action"] == "updated" and event["updatedAt"] >= event["occurredAt"]:
            return rules.R11
        return rules.CART if event["resourceType"] == "order" else None


def abs_seconds(one, other):
    return abs((datetime.fromisoformat(one) - datetime.fromisoformat(other)).total_seconds())


def align(theirs, mine, agree):
    """Pairs (i, j), ascending in both, with the highest sum of agreement scores."""
    best = [[0] * (len(mine) + 1) for _ in range(len(theirs) + 1)]
    for i in range(len(theirs) - 1, -1, -1):
        for j in range(len(mine) - 1, -1, -1):
            score = agree(theirs[i], mine[j])[0]
            best[i][j] = max(best[i + 1][j], best[i][j + 1], score + best[i + 1][j + 1] if score else 0)
    pairs, i, j = [], 0, 0
    while i < len(theirs) and j < len(mine):
        score = agree(theirs[i], mine[j])[0]
        if score and best[i][j] == score + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs
