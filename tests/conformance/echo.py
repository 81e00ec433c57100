"""A stand-in for the running version: answers what was recorded, in the contract's TARGET form."""

import copy
import json
from collections import defaultdict, deque
from datetime import timezone
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

import rules
from blackbox.http_client import Answer
from comparison import target_form
from exchange_judge import BARE
from list_judge import ListJudge, is_list
from list_parameters import limit_of
from operations_run import in_target_form, is_operations
from recording import BASE_PATH, TYPES, presented_token
from report import Report
from sync_state import bucket, is_sync_state, seconds
from target_lists import LISTS, Caller, TargetLists
from target_rows import RowRules


class Echo:
    """Answers the exchanges of one State. `spoil(exchange, body)` may change an answer."""

    port = 0

    def __init__(self, state, source):
        self.state = state
        self.spoil = lambda exchange, body: body
        self.row_rules = RowRules(state, source)
        scopes = {one["token"]: one["scopes"] for one in state.credentials().values()}
        self.lists = ListJudge(TargetLists(state, source), self.row_rules, Report(), None,
                               lambda one: Caller(set(scopes.get(presented_token(one.headers, one.target), ()))))
        self.pages = {}  # cursor of ours -> (exchange, body)
        self.known = defaultdict(deque)  # the same request may have had several answers, in order
        for number, chain in enumerate(state.chains()):
            bodies = self._bodies(number, chain)
            for one, body in bodies:
                self.known[self._key(one.method, one.target, one.headers, one.body)].append((one, body))
            for one in chain[len(bodies):]:  # a cursor of the reference's restarts
                self.known[self._key(one.method, one.target, one.headers, one.body)].append((one, bodies[0][1]))

    def spoiling(self, spoil):
        """The same answers from the first on, changed by `spoil`."""
        other = copy.copy(self)
        other.spoil = spoil
        other.known = {key: deque(answers) for key, answers in self.known.items()}
        return other

    @staticmethod
    def _key(method, target, headers, body):
        parts = urlsplit(target)
        return (method, parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))), json.dumps(headers), json.dumps(body))

    def get(self, target):
        token = {"Accept": "application/json", "Authorization": "Bearer " + self.state.credentials()["full"]["token"]}
        return self.request(0, "GET", target if target.startswith(BASE_PATH) else BASE_PATH + target, token)

    def request(self, port, method, target, headers=None, body=None, seconds=0):
        cursor = dict(parse_qsl(urlsplit(target).query)).get("cursor")
        if cursor in self.pages:
            return self._answer(*self.pages[cursor])
        answers = self.known.get(self._key(method, target, dict(headers), body))
        if not answers:
            return self._from_feed(target)
        return self._answer(*(answers.popleft() if len(answers) > 1 else answers[0]))

    def _answer(self, one, body):
        other = rules.other_answer(one)
        mine = self.spoil(one, copy.deepcopy(body))
        headers = {**one.answer_headers, "x-request-id": "r-12345678"} if other else one.answer_headers
        return Answer(other[1] if other else one.status, headers, mine if isinstance(mine, str) else json.dumps(mine))

    def _bodies(self, number, chain):
        """(exchange, our body) for every page of a chain."""
        if is_list(chain[0]) and not rules.other_answer(chain[0]):
            return self._list_pages(number, chain)
        if chain[0].path == "/changes" and chain[0].status == 200:
            return self._feed_pages(number, chain)
        return [(one, self._body(one)) for one in chain]

    def _body(self, one):
        if (other := rules.other_answer(one)) is not None:
            return self._other(one, *other)
        body = target_form(one.answer)
        if not isinstance(body, dict) or one.path in BARE and one.status == 200:
            return body
        body = {**body, "requestId": one.answer_headers["x-request-id"]}
        if one.status != 200:
            return rules.documented(body, [])
        body["ok"] = True
        if is_operations(one):
            return in_target_form(one.path, body)
        if one.path.removesuffix("/show") in LISTS:
            body["data"] = self.row_rules.row(one.path, body["data"], [])
        return self._sync_state(one, body) if is_sync_state(one) else body

    def _other(self, one, rule, status, code):
        known = {"status": status, "requestId": "r-12345678"}
        if code:
            return {**known, "error": {"code": code, "message": "m"}}
        like = next(other for other in self.state.exchanges
                    if other.path == one.path and other.status == 200 and other.parameters.keys() == one.parameters.keys())
        filters = {**like.answer["meta"]["filters"], "group": one.parameters["group"]}
        return {"ok": True, "requestId": "r-12345678", "data": [], "meta": {**like.answer["meta"], "count": 0, "filters": filters}}

    def _feed_pages(self, number, chain):
        for at, one in enumerate(chain):
            page = {**one.answer["page"], "resumeCursor": "r"}
            if page["hasMore"]:
                page["nextCursor"] = f"c{number}-{at + 1}"
            rows = [rules.without_donation_url(item, Report()) if item and "snapshot" in item and "resourceType" in item else item or {}
                    for item in one.rows]
            body = {"ok": True, "requestId": one.answer_headers["x-request-id"], "data": rows, "page": page,
                    "pagination": {"hasMore": page["hasMore"], "nextCursor": page["nextCursor"]}}
            self.pages[f"c{number}-{at}"] = (one, body)
        return [self.pages[f"c{number}-0"]]

    @staticmethod
    def _sync_state(one, body):
        """Rows with their lag as of the answer, and with the cursor that was sent."""
        now = parsedate_to_datetime(one.answer_headers["date"]).astimezone(timezone.utc)

        def row(then):
            lag = max(0, int(seconds(then["checkpointAt"], now)))
            return {**then, "lagSeconds": lag, "lagBucket": bucket(lag), "metadata": then["metadata"] or {}}

        data = body["data"]
        return {**body, "data": [row(then) for then in data] if isinstance(data, list) else row(data)}

    def _list_pages(self, number, chain):
        expected = self.lists.candidates(chain)[0]
        first, bodies = chain[0], []
        incremental = first.answer.get("page", {}).get("syncMode") == "incremental"
        for at, rows in enumerate(expected.pages):
            more = at + 1 < len(expected.pages) or expected.more
            cursor = f"c{number}-{at + 1}" if more else None
            page = {"nextCursor": cursor, "limit": limit_of(first.parameters), "count": len(rows), "hasMore": more,
                    "syncMode": "incremental" if incremental else "full", "resumeCursor": "r",
                    "updatedSince": (first.answer.get("page") or {}).get("updatedSince"),
                    "snapshotEnd": first.answer["page"]["snapshotEnd"] if incremental else None}
            one = chain[min(at, len(chain) - 1)]
            body = {"ok": True, "requestId": one.answer_headers["x-request-id"], "data": rows}
            if "meta" in first.answer:
                meta = one.answer["meta"]
                body["meta"] = {**meta, "count": len(rows), "filters": {**meta["filters"], "limit": limit_of(first.parameters)}}
            if "page" in first.answer:
                body.update(page=page, pagination={"hasMore": more, "nextCursor": cursor})
            bodies.append((one, body))
            self.pages[f"c{number}-{at}"] = (one, body)
        return bodies[:1]

    def _from_feed(self, target):
        """What only the tool asks: the whole feed of one type, or a first look."""
        types = dict(parse_qsl(urlsplit(target).query)).get("types")
        items = [rules.without_donation_url(item, Report()) for item in self.state.feed if types is None or item["resourceType"] == TYPES[types]]
        page = {"nextCursor": None, "hasMore": False, "types": list(TYPES), "resumeCursor": "r"}
        return Answer(200, {}, json.dumps({"data": items, "page": page}))
