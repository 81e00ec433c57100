"""Governed actions: records whose times and ids are those of the run, compared member by member (contract craft-agents-governance 4)."""

import re

from comparison import MISSING, differences, envelope_problems, header_differences, unexpected
from report import Verdict
from rules import Q6, WORDING, Rule
from sync_state import SLACK, answered_at, seconds

REJECTER = Rule("REJECTER", "gov 4.6", "who rejected is told apart from who approved first")
SINGLE_USE = Rule("SINGLE-USE", "gov 4.7", "an approval names the one execution it was used for")
REASON = Rule("REASON", "gov 4.7", "a blocked execution says why as a code, too")
CURSOR = Rule("NEXT-BEFORE", "gov 4.1", "lists say where they go on")
DENIED = Rule("DENIED", "gov 4.10", "a decision that was refused is audited")
ALL = [REJECTER, SINGLE_USE, REASON, CURSOR, DENIED]

PATHS = {"/control/policies", "/control/policies/upsert", "/control/approvals", "/control/approvals/request", "/control/approvals/decide",
         "/control/executions", "/control/policy-simulate", "/control/actions/execute", "/control/audit"}
CLOCK_KEYS = {"dateCreated", "dateUpdated", "executedAt", "decidedAt", "secondaryDecisionAt", "assuranceEvaluatedAt", "generatedAt"}
ADDED = {"rejectedBy": REJECTER, "executionId": SINGLE_USE, "reasonCode": REASON, "nextBefore": CURSOR}
TEXTS = {"message", "errorMessage", "error", "summary"}  # for people; contract: described by gist, in words of one's own
REASON_CODES = {"policy_disabled", "approval_required", "approval_expired", "approval_not_approved", "approval_action_mismatch", "approval_requester_mismatch",
                "approval_payload_mismatch", "approval_already_used", "target_set_violation"}
CALLS = 30  # seconds that all calls of a recording take at most
REQUEST_ID = re.compile(r"^[A-Za-z0-9._:-]{8,128}$")


def is_control(exchange):
    return exchange.path in PATHS and exchange.status == 200


def last(path):
    return re.sub(r"\[\d+\]$", "", path).rsplit(".", 1)[-1]


class ControlJudge:
    """`send(exchange)` asks the running version. Exchanges come in the order recorded, to a version that began with none of these records."""

    def __init__(self, report, send):
        self.report = report
        self.send = send

    def judge(self, exchange):
        ours = self.send(exchange)
        if ours.status != 200:
            return Verdict.of([f"status {ours.status}: {ours.text[:200]}"])
        problems = header_differences(exchange.answer_headers, ours.headers) + envelope_problems(200, ours.headers, ours.body)
        body, used = self._as_recorded(exchange, ours.body), []
        found = unexpected(differences(exchange.answer, body))
        problems += [one for one in found if not self._intended(exchange, ours, one, used)]
        for rule in used:
            self.report.rule(rule.id)
        return Verdict.of(problems)

    def _as_recorded(self, exchange, body):
        """The audit log without what only we write into it: rows of other categories, and of refused decisions; the rest numbered as it then is."""
        if exchange.path != "/control/audit":
            return body
        rows = [row for row in body["data"] if row["category"].startswith("control.") and row["action"] != "decision-denied"]
        self.report.rule(DENIED.id, sum(row["action"] == "decision-denied" for row in body["data"]))
        ids = [row["id"] for row in body["data"]]
        if ids != sorted(set(ids), reverse=True) or body["meta"].get("count") != len(ids):
            return body
        numbered = [{**row, "id": len(rows) - at} for at, row in enumerate(rows)]
        return {**body, "data": numbered, "meta": {**body["meta"], "count": len(rows)}}

    def _intended(self, exchange, ours, one, used):
        key, then, now = last(one.path), one.recorded, one.ours
        if then == [] and now == {}:
            used.append(Q6)
        elif then is MISSING and key in ADDED and self._is_added_value(key, now):
            used.append(ADDED[key])
        elif key in TEXTS or "evaluation.reasons[" in one.path:
            if not (isinstance(then, str) and isinstance(now, str) and now):
                return False
            used.append(WORDING)
        elif key in CLOCK_KEYS:
            return self._same_clock(exchange, ours, then, now)
        elif key == "requestId" and exchange.path == "/control/audit":
            return isinstance(now, str) and REQUEST_ID.match(now) is not None
        else:
            return False
        return True

    @staticmethod
    def _is_added_value(key, now):
        return {"rejectedBy": now is None or isinstance(now, str), "executionId": now is None or isinstance(now, int),
                "reasonCode": now in REASON_CODES, "nextBefore": now is None or isinstance(now, int)}[key]

    @staticmethod
    def _same_clock(exchange, ours, then, now):
        """Both were "now" when the run's calls were made; these calls follow one another at once, then and now."""
        if not isinstance(then, str) or not isinstance(now, str):
            return False
        passed = abs(seconds(then, answered_at(exchange.answer_headers))), abs(seconds(now, answered_at(ours.headers)))
        return all(one <= CALLS + SLACK for one in passed)


def operators_of(recording):
    """As many people who may decide approvals as the recorded system had, as its own audit log says; 2 where it does not."""
    rows = [row for one in recording.t1.exchanges if one.path == "/control/audit" and one.status == 200 for row in one.answer["data"]]
    count = next((row["metadata"]["assuranceActiveCpUserCount"] for row in rows if row["action"] == "request"), 2)
    return [{"id": f"person-{n}", "token": f"token-of-person-{n}", "permissions": ["control:approvals"]} for n in range(count)]
