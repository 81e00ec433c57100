"""Checkpoints and lag: rows whose times are those of the run, so they are judged by what was sent and by our own clock (contract 15)."""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import rules
from comparison import Difference, differences, envelope_problems, header_differences
from report import Verdict

PATHS = {"/sync-state/checkpoint", "/consumers/checkpoint", "/sync-state/lag", "/consumers/lag"}
CLOCK_KEYS = ("checkpointAt", "dateCreated", "dateUpdated")
ADDED_KEYS = {"changesBehind"}  # lag in changes, besides lag in seconds
SLACK = 2  # seconds between the row's clock and the answer's Date


def is_sync_state(exchange):
    return exchange.path in PATHS and exchange.status == 200


def answered_at(headers):
    return parsedate_to_datetime(headers["date"]).astimezone(timezone.utc)


def seconds(instant, now):
    return (now - datetime.fromisoformat(instant)).total_seconds()


def bucket(lag):
    return "healthy" if lag <= 300 else "warning" if lag <= 1800 else "critical"


class SyncStateJudge:
    """Remembers the rows the running version gave, since what it lists later must be these. `send(exchange)` asks it."""

    def __init__(self, report, send):
        self.report = report
        self.send = send
        self.rows = {}  # (integrationKey, resourceType) -> our newest row

    def prepare(self, exchange):
        """Brings about what an earlier recorded call left behind."""
        answer = self.send(exchange)
        if answer.status == 200:
            self._remember(answer.body["data"])
        return answer

    def judge(self, exchange):
        ours = self.send(exchange)
        if ours.status != 200:
            return Verdict.of([f"status {ours.status}: {ours.text[:200]}"])
        problems = header_differences(exchange.answer_headers, ours.headers) + envelope_problems(200, ours.headers, ours.body)
        problems += self._checkpoint(exchange, ours) if exchange.method == "POST" else self._lag(exchange, ours)
        return Verdict.of(problems)

    def _remember(self, row):
        self.rows[(row["integrationKey"], row["resourceType"])] = row

    # ---- one row

    def _checkpoint(self, exchange, ours):
        then, row = dict(exchange.answer["data"]), ours.body["data"]
        sent = exchange.body.get("cursor") if isinstance(exchange.body, dict) else None
        if isinstance(sent, str) and sent.strip().startswith(then["cursor"] or "\0") and len(sent.strip()) > len(then["cursor"]):
            self.report.rule(rules.D12.id)
            then["cursor"] = sent.strip()
        known = self.rows.get((then["integrationKey"], then["resourceType"]), {})
        problems = self._row(exchange, then, row, ours, {"dateCreated": known.get("dateCreated")})
        self._remember(row)
        return problems

    def _row(self, exchange, then, row, ours, known):
        """One of our rows against a recorded one; `known`: clock values it must have kept."""
        now, then_now = answered_at(ours.headers), answered_at(exchange.answer_headers)
        expected = {**then, "metadata": then["metadata"] or {}}
        if then["metadata"] == []:
            self.report.rule(rules.Q6.id)
        for key in CLOCK_KEYS:
            if known.get(key):
                expected[key] = known[key]
            elif abs(seconds(then[key], then_now)) <= SLACK and abs(seconds(row.get(key) or then[key], now)) <= SLACK:
                expected[key] = row.get(key)  # "now", then and now
        lag = max(0, int(seconds(expected["checkpointAt"] or then["checkpointAt"], now)))
        if isinstance(row.get("lagSeconds"), int) and abs(row["lagSeconds"] - lag) <= SLACK:
            lag = row["lagSeconds"]
        expected.update(lagSeconds=lag, lagBucket=bucket(lag))
        if lag != then["lagSeconds"]:
            self.report.rule(rules.Q12.id)
        mine = {key: value for key, value in row.items() if key not in ADDED_KEYS}
        return differences(expected, mine, f"{then['integrationKey']}/{then['resourceType']}")

    # ---- the list

    def _lag(self, exchange, ours):
        rows, then = ours.body["data"], {self._key(row): row for row in exchange.answer["data"]}
        problems = [] if ours.body["meta"].get("count") == len(rows) else [Difference("meta.count", len(rows), ours.body["meta"])]
        order = [(-row["lagSeconds"], row["dateUpdated"], row["id"]) for row in rows]
        if order != sorted(order):
            problems.append(Difference("order", "lagSeconds descending, dateUpdated, id", order))
        if "limit" in exchange.parameters:
            return problems + ([] if len(rows) == len(then) else [Difference("rows", len(then), len(rows))])
        mine = {self._key(row): row for row in rows}
        if mine.keys() != then.keys():
            return problems + [Difference("rows", sorted(then), sorted(mine))]
        for key, row in then.items():
            problems += self._row(exchange, row, mine[key], ours, {name: self.rows.get(key, {}).get(name) for name in CLOCK_KEYS})
        return problems

    @staticmethod
    def _key(row):
        return row["integrationKey"], row["resourceType"]
