"""Pages of /changes: drained with our own cursors and compared as one sequence."""

import rules
from blackbox.http_client import query
from comparison import differences, envelope_problems, header_differences, sequence_problems
from recording import BASE_PATH, TYPES
from report import FAILED, NOT_YET, PASSED, Verdict


class FeedWindow:
    """`served_types`: the singular types this version serves; `recorded_types`: those of which anything was recorded."""

    def __init__(self, served_types, recorded_types, order_clocks, report, send):
        self.served_types = served_types
        self.recorded_types = recorded_types
        self.order_clocks = order_clocks
        self.report = report
        self.send = send

    def judge(self, chain):
        first, last = chain[0], chain[-1]
        answer = self.send(first, None)
        if answer.status != 200:
            return Verdict(FAILED, (f"status {answer.status}: {answer.text[:200]}",))
        answers = [answer]
        whole = not last.answer["page"]["hasMore"]
        while whole and answers[-1].body["page"]["nextCursor"]:
            answers.append(self.send(first, self._next_target(answers[-1].body)))
            if answers[-1].status != 200:
                return Verdict(FAILED, (f"page {len(answers)}: status {answers[-1].status}: {answers[-1].text[:200]}",))
        pages = [one.body for one in answers]
        complete = self._complete(first.answer["page"]["types"])
        problems = self._sequence([item for page in chain for item in page.rows], [item for page in pages for item in page["data"]], whole, complete)
        problems += header_differences(first.answer_headers, answer.headers)
        problems += [one for sent in answers for one in envelope_problems(200, sent.headers, sent.body)]
        problems += self._page_objects(chain, pages, complete)
        if problems:
            return Verdict.of(problems)
        return Verdict(PASSED) if complete else Verdict(NOT_YET, ("types of /changes this version lacks (the served ones were compared)",))

    def _complete(self, types):
        """Whether this version serves every one of these types of which anything was recorded."""
        return {TYPES[name] for name in types} & self.recorded_types <= self.served_types

    @staticmethod
    def _next_target(page):
        return query(f"{BASE_PATH}/changes", limit=page["page"]["limit"], cursor=page["page"]["nextCursor"])

    def expected(self, items):
        """Recorded items with the rules about their clocks applied, in the contract's order."""
        return rules.one_clock(items, self.order_clocks, self.report)

    def _sequence(self, recorded, ours, whole, complete):
        if not all("snapshot" in item and "resourceType" in item for item in recorded):
            self.report.rule(rules.Q6.id, recorded.count([]))
            return sequence_problems([item or {} for item in recorded], ours) if complete else []
        expected = [item for item in self.expected(recorded) if item["resourceType"] in self.served_types]
        return sequence_problems(expected, ours if whole else ours[:len(expected)])

    @staticmethod
    def _page_objects(chain, pages, complete):
        """The page object: of a complete window page by page, else what does not depend on the items."""
        problems = []
        for number, ours in enumerate(pages):
            page, then = ours["page"], chain[min(number, len(chain) - 1)].answer["page"]
            skip = set() if complete else {"count", "hasMore"}
            shape = differences({k: v for k, v in then.items() if k not in skip | {"nextCursor"}},
                                {k: v for k, v in page.items() if k not in skip | {"nextCursor", "resumeCursor"}}, "page")
            problems += [f"page {number}: {one}" for one in shape if one.path != "page.snapshotEnd"]
        if complete and len(pages) != len(chain):
            problems.append(f"{len(pages)} pages, recorded {len(chain)}")
        return problems
