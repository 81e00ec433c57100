"""From T0 to T1 with the process running: the feed, the events, the dead letters."""

import time

import rules
from blackbox.feed_client import Follower, drain
from blackbox.waiting import wait_until
from comparison import differences
from fresh_start import REQUIRED_TYPES
from recording import TYPES
from report import NOT_YET, Verdict
from webhook_comparison import Interests, WebhookComparison


def item_key(item):
    return item["resourceType"], item["resourceId"]


def failing(payload):
    """What the recorded receiver answered while it failed: 500 to entries, 429 to products."""
    return {"entry": 500, "product": 429}.get(payload["resourceType"], 200)


class LiveRun:
    """Replays what was recorded in parts while the process streams, and compares what came out."""

    def __init__(self, recording, database, millrace, receiver, replay, report):
        self.recording = recording
        self.database = database
        self.millrace = millrace
        self.receiver = receiver
        self.replay = replay
        self.report = report
        self.token = millrace.token
        self.follower = Follower(self.token)
        self.at_t0, self.at_end = {}, {}  # (type, id) -> item of our feed
        self.deliveries = []

    # ---- the run

    def play(self):
        """Firehose; from the recorded instant with interests (by restart); a failing receiver; the rest; restart with T1's clock."""
        one = self.recording
        self.millrace.start(one.t0.clock_start)
        self.millrace.wait_until_serving()
        self.follower.poll(self.millrace.port)
        self.at_t0 = {item_key(item): item for item in self.follower.items}
        self._replay(None, one.interests_from)
        self._restart(one.interests_from, interests=True)
        self._replay(one.interests_from, one.failing_from)
        if one.receiver_fails:
            self.receiver.answer = failing
        self._replay(one.failing_from, one.bulk_from)
        self.receiver.answer = lambda payload: 200
        self._replay(one.bulk_from, None)
        self._restart(one.t1.clock_start, interests=True)

    def _replay(self, start, stop):
        self.replay.between(start, stop)
        self.wait_until_caught_up()
        self.follower.poll(self.millrace.port)

    def _restart(self, clock_start, interests):
        self.millrace.stop()
        self.millrace.settings["credentials"] = with_interests(self.millrace.settings["credentials"], self.recording.interests if interests else {})
        self.millrace.start(clock_start)
        self.millrace.wait_until_serving()
        self.follower.poll(self.millrace.port)

    def wait_until_caught_up(self):
        """Everything in the server's log has become changes, and every event has been attempted."""
        self.millrace.wait_until_read(self.database.log_end())
        Quiet(lambda: len(self.receiver.deliveries())).wait("deliveries to rest")

    # ---- what came out

    def compare_feed(self, order_clocks):
        """The drained feed and T1's recorded one, as sets and in content."""
        recorded = {item_key(item): item for item in rules.one_clock(self.recording.t1.feed, order_clocks, self.report)}
        page = drain(self.millrace.port, self.token)
        ours = self.at_end = {item_key(item): item for item in page.items}
        served = {TYPES[name] for name in REQUIRED_TYPES} | {key[0] for key in ours}
        names = {singular: plural for plural, singular in TYPES.items()}
        for key in sorted(recorded.keys() | ours.keys()):
            if key[0] not in served:
                self.report.add(names[key[0]], key, Verdict(NOT_YET, (f"resource {names[key[0]]}",)))
                continue
            problems = self._item_problems(key, recorded.get(key), ours.get(key))
            self.report.add(names[key[0]], f"{key[0]} {key[1]}", Verdict.of(problems))
        self._check_follower(ours)

    def _item_problems(self, key, recorded, ours):
        if recorded is None:
            return self._surplus_problems(key, ours)
        if ours is None:
            return [f"recorded {recorded}, ours nothing"]
        if recorded == ours:
            return []
        committed = recorded["updatedAt"] < ours["updatedAt"] <= self.recording.t1.clock_start
        moved_on = committed and ours["action"] in ("updated", recorded["action"])
        if moved_on and stripped(recorded) == stripped(ours):
            self.report.rule(rules.R11.id)
            return []
        return [str(one) for one in differences(recorded, ours)]

    def _surplus_problems(self, key, ours):
        """An item only we have: allowed for a tombstone of something T0's feed showed."""
        if ours["action"] == "deleted" and key in self.at_t0:
            self.report.rule(rules.HARD_DELETE.id)
            return []
        return [f"recorded nothing, ours {ours}"]

    def _check_follower(self, ours):
        """A reader with the resume cursor across every restart saw each resource's newest state last, nothing twice, nothing go back."""
        last = {}
        for item in self.follower.items:
            key, before = item_key(item), last.get(item_key(item))
            problems = []
            if before == item:
                problems.append("the same item twice")
            if before and item["updatedAt"] < before["updatedAt"]:
                problems.append(f"updatedAt goes back from {before['updatedAt']} to {item['updatedAt']}")
            self.report.add("items followed by resume cursor", f"{key[0]} {key[1]}", Verdict.of(problems))
            last[key] = item
        lost = [f"{key}: followed {last.get(key)}, feed {item}" for key, item in ours.items() if last.get(key) != item]
        self.report.add("the follower's end state is the feed's", "end state", Verdict.of(lost[:3]))

    def compare_webhooks(self):
        before, after = ({item_key(item): item["snapshot"] for item in state.feed} for state in (self.recording.t0, self.recording.t1))
        interests = Interests(self.recording.interests_from, self.recording.interests)
        recorded = [row["payload"] for row in self.recording.webhooks]
        comparison = WebhookComparison(recorded, self.deliveries, before, after, interests, self.report)
        comparison.run()
        comparison.compare_with_feed(self.at_end)

    def remember_deliveries(self):
        """Keeps what arrived until now: what follows (replays of dead letters) is no part of the comparison."""
        self.deliveries = self.receiver.deliveries()


def stripped(item):
    """An item without its action and timestamps."""
    snapshot = {key: value for key, value in item["snapshot"].items() if key != "updatedAt"} if item["snapshot"] else None
    return {**item, "action": None, "updatedAt": None, "snapshot": snapshot}


def with_interests(credentials, interests):
    """The credentials with the scenario's managed ones added; their tokens are never presented."""
    added = [{"id": handle, "token": f"tok-{handle}-unused", "scopes": ["changes:read"], **({"interests": wants} if wants else {})}
             for handle, wants in interests.items()]
    return [one for one in credentials if one["id"] not in interests] + added


class Quiet:
    """A number that has stopped growing."""

    def __init__(self, read, for_seconds=1.5):
        self.read = read
        self.for_seconds = for_seconds

    def wait(self, what):
        state = {"value": self.read(), "since": time.monotonic()}

        def rests():
            value = self.read()
            if value != state["value"]:
                state.update(value=value, since=time.monotonic())
            return time.monotonic() - state["since"] >= self.for_seconds

        wait_until(rests, what, seconds=120, every=0.05)
