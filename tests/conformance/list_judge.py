"""A list, or a chain of its pages, against the contract's TARGET: items in exact order, `page` and `meta` as computed."""

from dataclasses import dataclass

import rules
from blackbox.http_client import query
from comparison import Difference, differences, envelope_problems, header_differences, sequence_problems
from list_parameters import is_incremental, limit_of
from recording import BASE_PATH
from report import Verdict
from target_lists import LISTS, pages

WHOLE_FROM = 50  # a full list with pages of this size or more is followed to its end where we offer a continuation
TOP_LEVEL = {"ok", "data", "meta", "page", "pagination", "requestId"}  # 3.2


@dataclass
class Expected:
    """What the TARGET answers: pages of rows, whether more follow the last one, and the rules that made it differ from the recording."""

    pages: list
    more: bool
    rules: list

    @property
    def rows(self):
        return [row for page in self.pages for row in page]


class ListJudge:
    """`send(exchange, target)` asks the running version; `caller_of(exchange)` says with which rights."""

    def __init__(self, lists, row_rules, report, send, caller_of):
        self.lists = lists
        self.row_rules = row_rules
        self.report = report
        self.send = send
        self.caller_of = caller_of

    def judge(self, chain):
        """The verdict over one window, or over one page."""
        candidates = self.candidates(chain)
        ours, problems = self._ours(chain, max(len(one.pages) for one in candidates))
        if problems:
            return Verdict.of(problems)
        found = [row for answer in ours for row in answer.body["data"]]
        expected = next((one for one in candidates if one.rows == found), candidates[0])
        problems = sequence_problems(expected.rows, found) or self._envelopes(chain, expected, ours) + self._continuation(chain, expected, ours)
        if problems:
            by = [f"(expected by {', '.join(sorted({rule.id for rule in expected.rules}))})"] if expected.rules else []
            return Verdict.of(list(problems) + by)
        for rule in expected.rules:
            self.report.rule(rule.id)
        return Verdict.of([])

    # ---- what the TARGET answers

    def candidates(self, chain):
        """What the TARGET may answer, the likeliest first: what was recorded, or what a rule has instead.

        A search may find what was recorded or what the contract's minimum finds (9.16).
        """
        recorded, target = self._as_recorded(chain), self._as_computed(chain)
        if target is not None and "page" not in chain[0].answer:
            recorded.more = target.more  # the reference does not say whether a full list goes on
        if target is None or target.pages == recorded.pages:
            return [recorded]
        rule = rules.list_rule(rules.ListQuestion(chain[0], self.caller_of(chain[0]), recorded.rows, target.rows, self.lists.source))
        if rule is None:
            return [recorded]
        computed = Expected(target.pages, target.more, [*recorded.rules, rule])
        return [computed, recorded] if rule is rules.SEARCH else [computed]

    def _as_recorded(self, chain):
        used = []
        found = [self.row_rules.rows(chain[0].path, one.rows, used) for one in chain]
        if chain[0].path == "/orders" and is_incremental(chain[0].parameters):
            recorded, found = found, self._in_order(found)
            used += [rules.R9] if found != recorded else []
        return Expected(found, bool((chain[-1].answer.get("page") or {}).get("hasMore")), used)

    @staticmethod
    def _in_order(found):
        """Rows whose clock a rule moved stand where that clock puts them (R9)."""
        if not all("updatedAt" in row and "id" in row for page in found for row in page):
            return found
        rows = sorted((row for page in found for row in page), key=lambda row: (row["updatedAt"], row["id"]))
        sizes, cut = [len(page) for page in found], []
        for size in sizes:
            cut.append(rows[:size])
            rows = rows[size:]
        return cut

    def _as_computed(self, chain):
        first = chain[0]
        rows = self.lists.rows(first, self.caller_of(first))
        if rows is None:
            return None
        whole = pages(rows, first.parameters)
        complete = (chain[-1].answer.get("page") or {"hasMore": True})["hasMore"] is False
        taken = whole if complete else whole[:len(chain)]
        return Expected([page for page, _ in taken], taken[-1][1], [])

    # ---- what we answer

    def _ours(self, chain, count):
        """Our pages, at most so many, followed with our own cursors; and what went wrong on the way."""
        answers = [self.send(chain[0], None)]
        if answers[0].status != 200:
            return answers, [f"status {answers[0].status}: {answers[0].text[:200]}"]
        for number in range(1, count):
            cursor = (answers[-1].body.get("page") or {}).get("nextCursor")
            if not cursor:
                break
            answers.append(self.send(chain[0], self._next_target(chain, number, cursor)))
            if answers[-1].status != 200:
                return answers, [f"page {number}: status {answers[-1].status}: {answers[-1].text[:200]}"]
        return answers, []

    @staticmethod
    def _next_target(chain, number, cursor):
        known = chain[number].parameters if number < len(chain) else {**chain[0].parameters, "updatedSince": None}
        return query(BASE_PATH + chain[0].path, **{**known, "cursor": cursor})

    def _envelopes(self, chain, expected, ours):
        found = header_differences(chain[0].answer_headers, ours[0].headers)
        for number, answer in enumerate(ours):
            then = chain[min(number, len(chain) - 1)].answer
            last = number == len(ours) - 1
            found += envelope_problems(200, answer.headers, answer.body)
            found += self._page_object(chain[0], then.get("page"), answer.body, not last or expected.more)
            found += self._meta(chain[0], then.get("meta"), answer.body)
            found += [Difference(key, "no such key", answer.body[key]) for key in answer.body.keys() - TOP_LEVEL]
        return found

    @staticmethod
    def _page_object(first, then, body, more):
        """`page` as the TARGET has it; in a full list the reference has none, and ours may offer a continuation or not."""
        page = body.get("page")
        if page is None:
            return [] if then is None else [Difference("page", then, None)]
        incremental = then["syncMode"] == "incremental" if then else is_incremental(first.parameters)
        wanted = {"limit": limit_of(first.parameters), "count": len(body["data"]), "syncMode": "incremental" if incremental else "full",
                  "updatedSince": then["updatedSince"] if then else None, "hasMore": more if then else page["hasMore"] and more}
        found = differences(wanted, {key: page.get(key) for key in wanted}, "page")
        if isinstance(page.get("snapshotEnd"), str) != incremental:
            found.append(Difference("page.snapshotEnd", "an instant" if incremental else None, page.get("snapshotEnd")))
        surplus = page.keys() - wanted.keys() - {"snapshotEnd", "nextCursor", "resumeCursor"}
        return found + [Difference(f"page.{key}", "no such key", page[key]) for key in sorted(surplus)]

    @staticmethod
    def _meta(first, then, body):
        if then is None:
            return [Difference("meta", "none", body["meta"])] if "meta" in body else []
        filters = {**then["filters"], "limit": limit_of(first.parameters)}
        return differences({**then, "filters": filters, "count": len(body["data"])}, body.get("meta"), "meta")

    # ---- more than the reference has

    def _continuation(self, chain, expected, ours):
        """A full list that we continue although the reference cannot (8.2) must reach every row of the TARGET."""
        first, cursor = chain[0], (ours[-1].body.get("page") or {}).get("nextCursor")
        if is_incremental(first.parameters) or first.path == "/products" or not cursor or limit_of(first.parameters) < WHOLE_FROM:
            return []
        rows, number = [row for answer in ours for row in answer.body["data"]], len(ours)
        while cursor:
            answer = self.send(first, self._next_target(chain[:1], number, cursor))
            if answer.status != 200:
                return [f"continued: status {answer.status}: {answer.text[:200]}"]
            rows += answer.body["data"]
            cursor, number = answer.body["page"]["nextCursor"], number + 1
        target = self.lists.rows(first, self.caller_of(first))
        if target is None or expected.pages[0] != target[:limit_of(first.parameters)]:
            return []
        return [f"continued: {one}" for one in sequence_problems([row for page, _ in pages(target, first.parameters) for row in page], rows)]


def is_list(exchange):
    """A list that answered with rows, or that should have (R2)."""
    return exchange.path in LISTS and exchange.method == "GET" and exchange.status == 200
