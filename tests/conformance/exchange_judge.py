"""One recorded exchange, or the pages of one window, against the running version."""

from dataclasses import dataclass, replace

import rules
from blackbox.http_client import request
from comparison import Difference, differences, envelope_problems, header_differences, sequence_problems, target_form, unexpected
from control_judge import ControlJudge, is_control
from descriptors import DescriptorJudge, is_descriptor, without_unknown_scopes
from feed_window import FeedWindow
from list_judge import ListJudge, is_list
from operations_run import OperationsJudge, is_operations
from recording import TYPES, presented_token
from report import FAILED, NOT_YET, Verdict
from sync_state import SyncStateJudge, is_sync_state
from target_lists import LISTS, Caller, TargetLists
from target_rows import RowRules

BARE = {"/health", "/schema", "/templates", "/starter-packs", "/capabilities", "/openapi.json"}  # without the envelope of 3.2


@dataclass
class Served:
    """What the running version serves."""

    paths: dict  # path -> {method: set of parameter names}, from its own descriptor
    types: list  # `types` values of /changes that hold anything, and those that must

    @property
    def resource_types(self):
        return {TYPES[name] for name in self.types}


def operations(document):
    """An OpenAPI document as path -> {method: set of parameter names}."""
    return {path: {method: {one["name"] for one in operation.get("parameters", [])} for method, operation in item.items()}
            for path, item in document.get("paths", {}).items()}


class ExchangeJudge:
    """`state`: whose feed and descriptors the exchanges belong to; `scopes`: token value -> granted scopes, None for nobody's token."""

    def __init__(self, state, source, served, millrace, report, scopes, required, redaction=True):
        self.state = state
        self.served = served
        self.millrace = millrace
        self.report = report
        self.scopes = scopes
        self.required = required
        self.redaction = redaction
        self.row_rules = RowRules(state, source)
        described = next(one for one in state.exchanges if one.path == "/openapi.json" and one.status == 200)
        self.recorded_operations = operations(described.answer)
        self.lists = ListJudge(TargetLists(state, source), self.row_rules, report, self.send, self.caller_of)
        self.window = FeedWindow(served.resource_types, {item["resourceType"] for item in state.feed}, source.order_clocks, report, self.send)
        self.sync_state = SyncStateJudge(report, self.send)
        self.control = ControlJudge(report, self.send)
        self.descriptors = DescriptorJudge(required, report)
        self.operations = OperationsJudge(report, self.send)

    def send(self, exchange, target=None):
        return request(self.millrace.port, exchange.method, target or exchange.target, exchange.headers, exchange.body)

    def caller_of(self, exchange):
        granted = self.scopes.get(presented_token(exchange.headers, exchange.target), ())
        return Caller(set(granted), self.redaction)

    def judge(self, chain):
        first = chain[0]
        if (reason := self._not_served(first)) is not None:
            return self._verdict_of_unserved(first, reason)
        if (other := rules.other_answer(first)) is not None:
            return self._other(first, *other)
        if first.path == "/changes" and first.status == 200 or is_list(first):
            verdict = self.window.judge(chain) if first.path == "/changes" else self.lists.judge(chain)
            self._check_own_cursor(chain)
            return verdict
        if is_control(first):
            return self.control.judge(first)
        if is_operations(first):
            return self.operations.judge(first)
        return self.sync_state.judge(first) if is_sync_state(first) else self._exchange(first)

    def _check_own_cursor(self, chain):
        """A cursor of the reference's own form restarts at the `updatedSince` it carries (8.3): the recorded second page is asked as it was."""
        if len(chain) < 2 or chain[0].answer["page"]["syncMode"] != "incremental":
            return
        start, again = self.send(chain[0]), self.send(chain[1])
        problems = [f"status {again.status}: {again.text[:200]}"] if again.status != 200 else []
        problems = problems or sequence_problems(start.body.get("data", []), again.body["data"])
        problems = problems or differences(start.body["page"]["updatedSince"], again.body["page"]["updatedSince"], "page.updatedSince")
        self.report.add("the reference's own cursors restart", str(chain[1]), Verdict.of(problems))

    # ---- what is not served

    def _not_served(self, exchange):
        """Why this version does not serve the exchange; None where it does, or where nobody should."""
        path = "" if exchange.path == "/" else exchange.path
        theirs, ours = self.recorded_operations.get(path), self.served.paths.get(path)
        if exchange.status == 404 and rules.other_answer(exchange):
            return None
        if ours is None:
            return f"route {exchange.path}" if theirs is not None or exchange.status != 404 else None
        known = set().union(*(theirs or {}).values())
        lacking = (exchange.parameters.keys() & known) - set().union(*ours.values())
        return f"parameter {sorted(lacking)[0]} of {exchange.path}" if lacking else None

    def _verdict_of_unserved(self, exchange, reason):
        """Not served means 404 NOT_FOUND: a route that answers must be described."""
        if exchange.path in self.required:
            return Verdict(FAILED, (f"not served: {reason}",))
        if not reason.startswith("route"):
            return Verdict(NOT_YET, (reason,))
        ours = self.send(exchange)
        return Verdict(NOT_YET, (reason,)) if ours.status == 404 else Verdict(FAILED, (f"answers {ours.status}, but the descriptors do not name it",))

    # ---- single answers

    def _other(self, exchange, rule, status, code):
        """An answer for which the TARGET has another status (rule)."""
        ours = self.send(exchange)
        if ours.status != status:
            return Verdict.of([f"status {ours.status}, expected {status} by {rule.id}: {ours.text[:200]}"])
        problems = envelope_problems(status, ours.headers, ours.body)
        if code is None and not problems:
            problems = self._empty_list_problems(exchange, ours.body)
        elif not problems:
            shape = {"error": {"code": code, "message": ours.body.get("error", {}).get("message") or "some text"}, "status": status}
            problems = unexpected(differences(shape, ours.body))
        self.report.rule(rule.id)
        return Verdict.of(problems)

    def _empty_list_problems(self, exchange, body):
        """An empty list whose `meta.filters` are those of a recorded list asked with the same parameters."""
        names = exchange.parameters.keys()
        like = next(one for one in self.state.exchanges if one.path == exchange.path and one.status == 200 and one.parameters.keys() == names)
        echoed = {name: exchange.parameters[name] for name in names & like.answer["meta"]["filters"].keys() - {"limit"}}
        meta = {**like.answer["meta"], "count": 0, "filters": {**like.answer["meta"]["filters"], **echoed}}
        return differences({"data": [], "meta": meta}, {"data": body.get("data"), "meta": body.get("meta")})

    def _exchange(self, exchange):
        ours = self.send(exchange)
        if is_descriptor(exchange) and ours.status == 200:
            return self.descriptors.judge(exchange, ours.body)
        if exchange.path == "/auth/whoami" and exchange.status == ours.status == 200:
            known, lacking = without_unknown_scopes(exchange.answer, ours.body)
            for scope in sorted(lacking):
                self.report.add("/auth/whoami scopes", scope, Verdict(NOT_YET, (f"scope {scope}",)))
            exchange = replace(exchange, answer=known)
        return Verdict.of(self.answer_problems(exchange, ours))

    def answer_problems(self, exchange, ours):
        """Differences of one answer that no rule intends."""
        if ours.status != exchange.status:
            return [Difference("status", exchange.status, f"{ours.status} {ours.text[:200]}")]
        used = []
        found = unexpected(differences(self._expected(exchange, used), ours.body)) + header_differences(exchange.answer_headers, ours.headers)
        found += [] if exchange.path in BARE and ours.status == 200 or exchange.method == "HEAD" else envelope_problems(ours.status, ours.headers, ours.body)
        sent = exchange.headers.get("X-Request-Id")
        if sent and exchange.answer_headers["x-request-id"] == sent and ours.headers.get("x-request-id") != sent:
            found.append(Difference("header x-request-id", sent, ours.headers.get("x-request-id")))
        for rule in used:
            self.report.rule(rule.id)
        return [one for one in found if not self._intended(exchange, ours.body, one)]

    def _expected(self, exchange, used):
        body = target_form(exchange.answer)
        if isinstance(body, dict) and isinstance(body.get("error"), dict):
            return rules.documented(body, used)
        shows = exchange.status == 200 and exchange.path.removesuffix("/show") in LISTS and isinstance(body, dict)
        return {**body, "data": self.row_rules.row(exchange.path, body["data"], used)} if shows else body

    def _intended(self, exchange, body, difference):
        rule = rules.answer_rule(exchange, body, difference)
        if rule:
            self.report.rule(rule.id)
        return rule is not None
