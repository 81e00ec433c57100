"""The recorded dead-letter exchanges of T1, asked where their state exists: at the end of the live run."""

import rules
from blackbox.http_client import request
from comparison import Difference, MISSING, differences, unexpected
from report import Verdict

# Of a record: numbers and dates are of the run, the error's text is free, and the payload is compared as an event.
VOLATILE_KEYS = ("id", "eventId", "dateCreated", "dateUpdated", "lastError", "payload")


def record_key(record):
    return record["resourceType"], record["resourceId"], record["action"]


def without_volatile(record):
    shown = {key: value for key, value in record.items() if key not in VOLATILE_KEYS}
    return {**shown, "has error": record["lastError"] is not None, "keys": sorted(record)}


def settled(record, report):
    """A replay that has arrived is `delivered` with us and `queued` for ever with the reference (Q20)."""
    if record["status"] == "delivered":
        report.rule(rules.Q20.id)
        return {**record, "status": "queued"}
    return record


class DeadLetterRun:
    def __init__(self, state, millrace, report):
        self.exchanges = [one for one in state.exchanges if one.path.startswith("/webhooks/dlq") and one.status == 200]
        self.millrace = millrace
        self.report = report
        self.ids = {}  # recorded record id -> ours

    def run(self):
        for one in self.exchanges:
            ours = request(self.millrace.port, one.method, one.target, one.headers, self._body(one))
            problems = [f"status {ours.status}: {ours.text[:200]}"] if ours.status != 200 else self._problems(one, ours.body)
            self.report.add(one.path, str(one), Verdict.of(problems))

    def _body(self, exchange):
        if isinstance(exchange.body, dict) and "id" in exchange.body:
            return {**exchange.body, "id": self.ids.get(exchange.body["id"], exchange.body["id"])}
        return exchange.body

    def _problems(self, exchange, ours):
        recorded = exchange.answer["data"]
        if isinstance(recorded, list):
            return self._list_problems(exchange, ours)
        if "eventId" in recorded:
            return self._record_problems(recorded, {key: ours["data"].get(key, MISSING) for key in recorded})
        return [str(one) for one in unexpected(differences(exchange.answer, ours))]

    def _list_problems(self, exchange, ours):
        """Lists hold the same records; among records of one second their order is ours."""
        recorded, mine = exchange.answer["data"], {record_key(one): one for one in ours["data"]}
        self.ids.update({one["id"]: mine[record_key(one)]["id"] for one in recorded if record_key(one) in mine})
        problems = [] if ours["meta"]["count"] == len(ours["data"]) == len(recorded) else [f"{len(ours['data'])} records, recorded {len(recorded)}"]
        newest_first = [(one["dateCreated"], one["id"]) for one in ours["data"]]
        if newest_first != sorted(newest_first, reverse=True):
            problems.append("not newest first")
        if "limit" in exchange.parameters:
            return problems
        for one in recorded:
            problems += self._record_problems(one, mine[record_key(one)]) if record_key(one) in mine else [f"{record_key(one)} is missing"]
        return problems

    def _record_problems(self, recorded, ours):
        if MISSING in ours.values():
            return [f"keys missing: {[key for key, value in ours.items() if value is MISSING]}"]
        found = differences(without_volatile(recorded), without_volatile(settled(ours, self.report)))
        if ours["payload"]["id"] != ours["eventId"]:
            found.append(Difference("payload.id", ours["eventId"], ours["payload"]["id"]))
        return [str(one) for one in found]
