"""A fresh start over one restored state: every recorded exchange, and every item of the feed."""

from dataclasses import dataclass, replace

import rules
from blackbox.feed_client import drain, read_page
from blackbox.http_client import query, request
from comparison import Difference, MISSING, differences, header_differences, sequence_problems, target_form, unexpected
from descriptors import descriptor_verdict, without_unknown_scopes
from recording import BASE_PATH, TYPES
from report import FAILED, NOT_YET, PASSED, Verdict

# What issue by issue must be served at least: a version that forgets one of these fails instead of saying "not yet".
REQUIRED_TYPES = {"entries", "products", "variants", "orders"}
REQUIRED_PATHS = {"/changes", "/health", "/auth/whoami", "/capabilities", "/openapi.json", "/webhooks/dlq", "/webhooks/dlq/replay"}
STATEFUL = ("/webhooks/dlq",)  # answers that depend on deliveries, compared in the live run


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


def ask_what_is_served(millrace, token):
    answer = millrace.get(f"{BASE_PATH}/openapi.json")
    if answer is None or answer.status != 200 or not isinstance(answer.body, dict):
        raise RuntimeError(f"/openapi.json does not say what is served: {answer}")
    filled = [plural for plural in TYPES if read_page(millrace.port, token, types=plural, limit=1)["data"]]
    return Served(operations(answer.body), sorted(REQUIRED_TYPES | set(filled)))


class FreshStart:
    """One state ("t0", "t1") against one running process that was started over it."""

    def __init__(self, state, millrace, order_clocks, report):
        self.state = state
        self.millrace = millrace
        self.order_clocks = order_clocks
        self.report = report
        self.credentials = state.credentials()
        self.token = self.credentials["full"]["token"]
        self.served = ask_what_is_served(millrace, self.token)
        described = next(one for one in state.exchanges if one.path == "/openapi.json" and one.status == 200)
        self.recorded_operations = operations(described.answer)

    def run(self):
        self._check_floor()
        self._check_resources()
        for chain in self.state.chains():
            if not self._belongs_to_live_run(chain[0]):
                verdict = self._chain(chain)
                self.report.add(chain[0].path or "/", str(chain[0]), verdict, len(chain))

    @staticmethod
    def _belongs_to_live_run(exchange):
        depends = exchange.status == 200 and exchange.path.startswith(STATEFUL)
        return depends and not (exchange.method == "GET" and exchange.answer["data"] == [])

    def _check_floor(self):
        lacking = sorted(REQUIRED_PATHS - self.served.paths.keys())
        self.report.add("routes that must be served", "the routes in the descriptor", Verdict.of([f"not served: {lacking}"] if lacking else []))

    def _check_resources(self):
        """One line per resource: items of the whole feed, content compared, order left to the chains."""
        expected = self.expected(self.state.feed)
        for plural, singular in TYPES.items():
            recorded = {item["resourceId"]: item for item in expected if item["resourceType"] == singular}
            if plural not in self.served.types and recorded:
                self.report.add(plural, plural, Verdict(NOT_YET, (f"resource {plural}",)), len(recorded))
                continue
            ours = {item["resourceId"]: item for item in drain(self.millrace.port, self.token, types=plural).items}
            for key in recorded.keys() | ours.keys():
                found = differences(recorded.get(key, MISSING), ours.get(key, MISSING), f"{singular} {key}")
                self.report.add(plural, f"{singular} {key}", Verdict.of(found))

    def expected(self, items):
        """Recorded items with the rules about their clocks applied, in the contract's order."""
        return rules.one_clock(items, self.order_clocks, self.report)

    # ---- one exchange, or the pages of one window

    def _chain(self, chain):
        first = chain[0]
        if (reason := self._not_served(first)) is not None:
            return self._verdict_of_unserved(first, reason)
        if first.path == "/changes" and first.status == 200:
            return self._window(chain)
        return self._exchange(first)

    def _not_served(self, exchange):
        """Why this version does not serve the exchange; None where it does, or where nobody should."""
        path = "" if exchange.path == "/" else exchange.path
        theirs, ours = self.recorded_operations.get(path), self.served.paths.get(path)
        if ours is None:
            return None if theirs is None and exchange.status == 404 else f"route {exchange.path}"
        known = set().union(*(theirs or {}).values())
        lacking = (exchange.parameters.keys() & known) - set().union(*ours.values())
        return f"parameter {sorted(lacking)[0]} of {exchange.path}" if lacking else None

    def _verdict_of_unserved(self, exchange, reason):
        """Not served means 404 NOT_FOUND: a route that answers must be described."""
        if not reason.startswith("route") or exchange.path in REQUIRED_PATHS:
            return Verdict(NOT_YET, (reason,))
        ours = self._send(exchange)
        if ours.status == 404:
            return Verdict(NOT_YET, (reason,))
        return Verdict(FAILED, (f"answers {ours.status}, but the descriptors do not name it",))

    def _send(self, exchange, target=None):
        return request(self.millrace.port, exchange.method, target or exchange.target, exchange.headers, exchange.body)

    def _exchange(self, exchange):
        ours = self._send(exchange)
        if exchange.path in ("/capabilities", "/openapi.json") and exchange.status == ours.status == 200:
            return descriptor_verdict(exchange, ours.body, self.report)
        lacking = 0
        if exchange.path == "/auth/whoami" and exchange.status == ours.status == 200:
            known, lacking = without_unknown_scopes(exchange.answer, ours.body)
            exchange = replace(exchange, answer=known)
        problems = self.answer_problems(exchange, ours)
        if lacking and not problems:
            return Verdict(NOT_YET, ("scopes of what this version lacks (the others were compared)",))
        return Verdict.of(problems)

    def answer_problems(self, exchange, ours):
        """Differences of one answer that no rule intends."""
        if ours.status != exchange.status:
            return [Difference("status", exchange.status, f"{ours.status} {ours.text[:200]}")]
        found = unexpected(differences(target_form(exchange.answer), ours.body)) + header_differences(exchange.answer_headers, ours.headers)
        sent = exchange.headers.get("X-Request-Id")
        if sent and exchange.answer_headers["x-request-id"] == sent and ours.headers.get("x-request-id") != sent:
            found.append(Difference("header x-request-id", sent, ours.headers.get("x-request-id")))
        return [one for one in found if not self._intended(exchange, ours.body, one)]

    def _intended(self, exchange, body, difference):
        rule = rules.answer_rule(exchange, body, difference)
        if rule:
            self.report.rule(rule.id)
        return rule is not None

    # ---- /changes

    def _window(self, chain):
        """Pages of one window: drained with our own cursors and compared as one sequence."""
        first, last = chain[0], chain[-1]
        answer = self._send(first)
        if answer.status != 200:
            return Verdict(FAILED, (f"status {answer.status}: {answer.text[:200]}",))
        pages = [answer.body]
        whole = not last.answer["page"]["hasMore"]
        while whole and pages[-1]["page"]["nextCursor"]:
            pages.append(self._send(first, self._next_target(first, pages[-1])).body)
        recorded = [item for page in chain for item in page.answer["data"]]
        complete = self._complete(first.answer["page"]["types"])
        problems = self._sequence(recorded, [item for page in pages for item in page["data"]], whole, complete)
        problems += self._page_objects(chain, pages, complete)
        if problems:
            return Verdict(FAILED, tuple(problems))
        return Verdict(PASSED) if complete else Verdict(NOT_YET, ("types of /changes this version lacks (the served ones were compared)",))

    def _complete(self, types):
        """Whether this version serves every one of these types of which anything was recorded."""
        recorded = {item["resourceType"] for item in self.state.feed}
        return {TYPES[name] for name in types} & recorded <= self.served.resource_types

    @staticmethod
    def _next_target(first, page):
        return query(f"{BASE_PATH}/changes", limit=page["page"]["limit"], cursor=page["page"]["nextCursor"])

    def _sequence(self, recorded, ours, whole, complete):
        if not all("snapshot" in item and "resourceType" in item for item in recorded):
            self.report.rule(rules.Q6.id, recorded.count([]))
            return sequence_problems([item or {} for item in recorded], ours) if complete else []
        expected = [item for item in self.expected(recorded) if item["resourceType"] in self.served.resource_types]
        return sequence_problems(expected, ours if whole else ours[:len(expected)])

    @staticmethod
    def _page_objects(chain, pages, complete):
        """The page and pagination objects: those of a complete window page by page, else what does not depend on the items."""
        problems = []
        for number, ours in enumerate(pages):
            page, then = ours["page"], chain[min(number, len(chain) - 1)].answer["page"]
            skip = set() if complete else {"count", "hasMore"}
            shape = differences({k: v for k, v in then.items() if k not in skip | {"nextCursor"}},
                                {k: v for k, v in page.items() if k not in skip | {"nextCursor", "resumeCursor"}}, "page")
            problems += [f"page {number}: {one}" for one in shape if one.path != "page.snapshotEnd"]
            if page["hasMore"] != (page["nextCursor"] is not None) or page["count"] != len(ours["data"]) or not page.get("resumeCursor"):
                problems.append(f"page {number}: hasMore, nextCursor, count and resumeCursor contradict each other")
            if ours.get("pagination") != {"hasMore": page["hasMore"], "nextCursor": page["nextCursor"]}:
                problems.append(f"page {number}: pagination differs from page")
        if complete and len(pages) != len(chain):
            problems.append(f"{len(pages)} pages, recorded {len(chain)}")
        return problems
