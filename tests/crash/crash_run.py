"""One run: a process that is killed again and again beside one that is left alone, both reading the same database."""

import os
import random
import threading
import time

import checks
from blackbox.feed_client import FeedRefused, Follower, drain
from blackbox.millrace_process import MillraceProcess
from blackbox.receiver import Receiver
from blackbox.waiting import pause_for, wait_until

SECRET = "whsec_crash_0123456789"
TOKEN = "tok-crash-0123456789"
SERVING_LIMIT = 5.0  # seconds from start to a served feed that fail a run
SERVING_GOAL = 1.0
PROGRESS_LAG = 2.0  # seconds by which stored delivery progress may be behind a kill


SCOPES = ["health:read", "changes:read", "webhooks:dlq:read", "entries:read", "orders:read", "products:read"]


def settings(database, name, server_id, webhook_url):
    return {
        "source": database.source(name, server_id),
        "mapping": {"name": "craft", "site": "primary", "base_url": "http://sample.test/"},
        "security": {"require_token": True, "redact_email": True, "rate_limit_per_minute": 1_000_000},
        "credentials": [{"id": "crash", "label": "crash", "token": TOKEN, "scopes": SCOPES}],
        "webhook": {"url": webhook_url, "secret": SECRET, "timeout_seconds": 5, "max_attempts": 10, "allow_private": True,
                    "retry_base_ms": 20, "retry_max_ms": 200},
        "log": {"level": "info"},
    }


def wanted_by(number, receiver):
    """Endpoints differ in what they want, and the many together want little of the whole."""
    wanted = {"name": f"endpoint-{number}", "owner": "crash", "url": receiver.url_of(f"endpoint-{number}"), "secret": SECRET,
              "resourceTypes": [["entry"], ["order"], ["product"]][number % 3], "maxAttempts": 20, "retrySchedule": ["1"]}
    if number % 5:
        wanted["actions"] = [["created"], ["deleted"]][number % 2]
    return wanted


class Flaky:
    """Refuses the first attempt of every tenth event, so that retries are in flight when a kill comes."""

    def __init__(self):
        self.refused = set()

    def __call__(self, payload):
        event = payload["id"]
        if int(event[-2:], 16) % 10 == 0 and event not in self.refused:
            self.refused.add(event)
            return 503
        return 200


class WorkloadThread(threading.Thread):
    """Takes steps until told to stop; `failure` holds what went wrong."""

    def __init__(self, workload, pause):
        super().__init__(daemon=True)
        self.workload = workload
        self.pause = pause
        self.ending = threading.Event()
        self.failure = None

    def run(self):
        try:
            while not self.ending.is_set():
                self.workload.step()
                self.ending.wait(self.pause)
        except Exception as error:  # told by the main thread, which joins this one
            self.failure = error

    def end(self):
        self.ending.set()
        self.join()
        if self.failure:
            raise self.failure


class Party:
    """A process with its receiver and a reader that follows its feed."""

    def __init__(self, program, directory, database, name, server_id):
        self.receiver = Receiver(SECRET)
        self.millrace = MillraceProcess(program, directory, settings(database, name, server_id, self.receiver.url), TOKEN)
        self.follower = Follower(TOKEN)

    def make_endpoints(self, count):
        for number in range(count):
            endpoint = wanted_by(number, self.receiver)
            self.millrace.operate("POST", "/admin/v1/endpoints", endpoint)

    def deliveries_at(self, number):
        path = f"/endpoint-{number}"
        return [one for one in self.receiver.deliveries() if one.path == path]

    def hook_deliveries(self):
        return [one for one in self.receiver.deliveries() if one.path == "/hook"]

    def feed(self):
        return drain(self.millrace.port, TOKEN).items

    def dead_letters(self):
        return self.millrace.get("/agents/v1/webhooks/dlq").body["data"]

    def end(self):
        self.millrace.kill()
        self.receiver.stop()


class CrashRun:
    def __init__(self, plan, program, directory, database, workload, report, endpoints=0):
        self.plan = plan
        self.endpoints = endpoints
        self.dice = random.Random(plan.seed + 1)
        self.database = database
        self.workload = workload
        self.report = report
        first_id = 7200 + plan.number * 2
        self.calm = Party(program, os.path.join(directory, f"calm-{plan.number}"), database, workload.database, first_id)
        self.victim = Party(program, os.path.join(directory, f"victim-{plan.number}"), database, workload.database, first_id + 1)
        self.victim.receiver.answer = Flaky()
        self.kill_instants = []
        self.serving_seconds = []
        self.snapshot_start = None

    def run(self):
        try:
            self._snapshot()
            self._stream()
            self._settle()
            self._check()
            self.victim.millrace.stop()
            self.calm.millrace.stop()
        finally:
            self.victim.end()
            self.calm.end()

    # ---- the kills

    def _kill_after(self, seconds):
        """Lets the victim live for `seconds` since its start, then SIGKILL."""
        victim = self.victim.millrace
        pause_for(max(0.0, seconds - (time.monotonic() - victim.started_at)))
        victim.check_alive()
        victim.kill()
        self.kill_instants.append(time.monotonic())

    def _snapshot(self):
        """The database rests, so both take the same first snapshot; the victim is killed on the way."""
        self.calm.millrace.start()
        taken = self.calm.millrace.wait_until_serving()
        self.victim.millrace.start()
        for kill in (one for one in self.plan.kills if one.phase == "snapshot"):
            self._kill_after(kill.after * taken)
            self.victim.millrace.start()
        self.victim.millrace.wait_until_serving()
        self.snapshot_start = self.victim.millrace.started_at
        self._follow()

    def _stream(self):
        """The workload runs; the victim is killed while it recovers, streams and delivers."""
        for party in (self.calm, self.victim):
            party.make_endpoints(self.endpoints)
        work = WorkloadThread(self.workload, pause=0.03 if self.endpoints else 0.01)
        work.start()
        try:
            for kill in (one for one in self.plan.kills if one.phase == "stream"):
                if kill.after > 0.25:
                    self._wait_until_serving()
                    self._follow()
                self._kill_after(kill.after)
                self.victim.millrace.start()
            self._wait_until_serving()
            self._follow()
        finally:
            work.end()

    def _wait_until_serving(self):
        seconds = self.victim.millrace.wait_until_serving(seconds=60, every=0.005)
        if self.victim.millrace.started_at != self.snapshot_start:  # that one took the snapshot, and has waited for its endpoints since
            self.serving_seconds.append(seconds)

    def _follow(self):
        try:
            self.victim.follower.poll(self.victim.millrace.port)
        except (OSError, FeedRefused) as refusal:
            self.report.check("the resume cursor is accepted after a kill", [str(refusal)])

    # ---- the end

    def _settle(self):
        """Both have read everything, and every accepted event of the calm one has been offered by the victim."""
        target = self.database.log_end()
        for party in (self.calm, self.victim):
            party.millrace.wait_until_read(target)
        self._wait_for_rest(self.calm.receiver)
        self._wait_for_rest(self.victim.receiver)
        self._follow()

    @staticmethod
    def _wait_for_rest(receiver):
        """No attempt for one and a half seconds: several times the longest retry pause."""
        def rests():
            attempts = receiver.deliveries()
            return time.monotonic() - max([one.at for one in attempts[-50:]], default=started) > 1.5

        started = time.monotonic()
        wait_until(rests, "deliveries to rest", seconds=60, every=0.1)

    def _check(self):
        calm, victim = self.calm.hook_deliveries(), self.victim.hook_deliveries()
        feed = self.victim.feed()
        check = self.report.check
        check("the feed equals that of the run without kills", checks.feed_problems(self.calm.feed(), feed))
        check("a reader with a resume cursor misses nothing", checks.followed_problems(self.victim.follower.items, feed))
        check("every event is delivered", checks.lost_events(calm, victim))
        check("nothing is delivered that did not happen", checks.surplus_events(calm, victim))
        check("one event has one payload, and its signature holds", checks.payload_problems(calm, victim))
        check("events repeat only across a kill, with the same id", checks.repeat_problems(victim, self.kill_instants, PROGRESS_LAG))
        check("events of a resource keep their order", checks.order_problems(calm, victim))
        check("nothing became a dead letter", [str(one)[:200] for one in self.victim.dead_letters()])
        slow = [f"{seconds:.2f} s until the feed was served" for seconds in self.serving_seconds if seconds > SERVING_LIMIT]
        check(f"the feed is served within {SERVING_LIMIT:g} s of a start", slow)
        self._check_endpoints()
        self.report.note(self._summary(feed, victim))

    def _check_endpoints(self):
        """Each of them as the configured one, and its numbers have no gap."""
        events = 0
        for number in range(self.endpoints):
            calm, victim = self.calm.deliveries_at(number), self.victim.deliveries_at(number)
            events += len(checks.accepted(victim))
            problems = checks.lost_events(calm, victim) + checks.surplus_events(calm, victim) + checks.payload_problems(calm, victim)
            problems += checks.repeat_problems(victim, self.kill_instants, PROGRESS_LAG) + checks.order_problems(calm, victim) + checks.sequence_problems(victim)
            if problems or number == self.endpoints - 1:
                self.report.check(f"endpoint {number}: every event once or again across a kill, in order, numbered without a gap", problems)
        if self.endpoints:
            self.report.check("the endpoints were told something", [] if events else ["no event at any of them"])
            self.report.note(f"run {self.plan.number}: {events} events at {self.endpoints} endpoints of their own")

    def _summary(self, feed, deliveries):
        times = sorted(self.serving_seconds)
        late = sum(seconds > SERVING_GOAL for seconds in times)
        middle = f"{times[len(times) // 2]:.3f}" if times else "-"
        return (f"run {self.plan.number}: {len(self.kill_instants)} kills, {self.workload.steps} steps so far, {len(feed)} resources, "
                f"{len(checks.accepted(deliveries))} events, {len(checks.repeats(deliveries))} repeats "
                f"(accepted at most {checks.longest_lag(deliveries, self.kill_instants):.2f} s before the kill); start to served feed: "
                f"median {middle} s, longest {times[-1] if times else 0:.3f} s, {late} above {SERVING_GOAL:g} s")
