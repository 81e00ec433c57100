#!/usr/bin/env python3
"""The comparison itself, checked against the recording: recorded answers pass, spoilt ones fail. `self_check.py DIR`."""

import contextlib
import copy
import io
import json
import os
import sys
import unittest
from collections import defaultdict, deque
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

import rules
from blackbox.http_client import Answer
from blackbox.receiver import Delivery
from comparison import target_form
from fresh_start import FreshStart
from recording import TYPES, Recording
from report import FAILED, NOT_YET, PASSED, Report
from webhook_comparison import Interests, WebhookComparison

RECORDING = None  # set by main()


class Echo:
    """Answers like the recorded system, in TARGET form. `spoil(exchange, body)` may change an answer."""

    port = 0

    def __init__(self, state, spoil=lambda exchange, body: body):
        self.state = state
        self.spoil = spoil
        self.known = defaultdict(deque)  # the same request may have had several answers, in order
        for one in state.exchanges:
            self.known[self._key(one.method, one.target, one.headers, one.body)].append(one)

    @staticmethod
    def _key(method, target, headers, body):
        parts = urlsplit(target)
        return (method, parts.path, tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))), json.dumps(headers), json.dumps(body))

    def get(self, target):
        token = {"Accept": "application/json", "Authorization": "Bearer " + self.state.credentials()["full"]["token"]}
        return self.request(0, "GET", target, token)

    def request(self, port, method, target, headers=None, body=None, seconds=0):
        answers = self.known.get(self._key(method, target, dict(headers), body))
        if not answers:
            return self._from_feed(target)
        one = answers.popleft() if len(answers) > 1 else answers[0]
        mine = self.spoil(one, self._in_target_form(one))
        return Answer(one.status, one.answer_headers, mine if isinstance(mine, str) else json.dumps(mine))

    @staticmethod
    def _in_target_form(one):
        body = copy.deepcopy(target_form(one.answer))
        if one.path == "/changes" and one.status == 200:
            page = body["page"]
            page["resumeCursor"] = "r"
            body["data"] = [rules.without_donation_url(item, Report()) if item and "snapshot" in item and "resourceType" in item else item or {}
                            for item in body["data"]]
            body["pagination"] = {"hasMore": page["hasMore"], "nextCursor": page["nextCursor"]}
        return body

    def _from_feed(self, target):
        """What only the tool asks: the whole feed of one type, or a first look."""
        types = dict(parse_qsl(urlsplit(target).query)).get("types")
        items = [rules.without_donation_url(item, Report()) for item in self.state.feed if types is None or item["resourceType"] == TYPES[types]]
        page = {"nextCursor": None, "hasMore": False, "types": list(TYPES), "resumeCursor": "r"}
        return Answer(200, {}, json.dumps({"data": items, "page": page}))


def run_fresh(name, spoil=lambda exchange, body: body):
    """The totals of a fresh-start comparison of the recording with itself."""
    state = RECORDING.state(name)
    echo, report = Echo(state, spoil), Report()
    with contextlib.redirect_stdout(io.StringIO()) as printed, \
            mock.patch("fresh_start.request", echo.request), mock.patch("blackbox.feed_client.request", echo.request):
        report.open_section(name)
        FreshStart(state, echo, {}, report).run()
        report.close_section()
    return report, printed.getvalue()


class FreshStartTest(unittest.TestCase):
    def test_the_recording_equals_itself(self):
        for name in ("t0", "t1"):
            report, printed = run_fresh(name)
            self.assertEqual(report.totals[FAILED], 0, printed)
            self.assertEqual(report.totals[NOT_YET], 0, printed)
            self.assertGreater(report.totals[PASSED], 2000)

    def assert_fails(self, path, change):
        def spoil(exchange, body):
            if exchange.path == path and exchange.status == 200 and isinstance(body, dict):
                change(body)
            return body

        report, printed = run_fresh("t0", spoil)
        self.assertGreater(report.totals[FAILED], 0, printed)

    def test_two_items_in_the_wrong_order_fail(self):
        self.assert_fails("/changes", lambda body: body["data"].reverse())

    def test_a_changed_value_fails(self):
        def change(body):
            for item in body["data"]:
                if item and item.get("snapshot"):
                    item["snapshot"]["title"] = "other"

        self.assert_fails("/changes", change)

    def test_a_missing_key_fails(self):
        self.assert_fails("/health", lambda body: body.pop("timezone"))

    def test_an_unknown_key_fails(self):
        self.assert_fails("/health", lambda body: body.update(surprise=1))

    def test_a_number_instead_of_a_boolean_fails(self):
        self.assert_fails("/health", lambda body: body.update(profileDefaultsApplied=1))

    def test_a_contradicting_page_object_fails(self):
        self.assert_fails("/changes", lambda body: body["page"].update(hasMore=not body["page"]["hasMore"]))

    def test_an_endpoint_the_contract_does_not_know_fails(self):
        self.assert_fails("/capabilities", lambda body: body["endpoints"].append({"method": "GET", "path": "/more", "requiredScopes": []}))

    def test_a_lost_item_fails(self):
        self.assert_fails("/changes", lambda body: body["data"].pop() if body["data"] else None)


def deliveries(payloads):
    texts = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in payloads]
    return [Delivery(0.0, {"x-agents-webhook-id": one["id"]}, text, 200, True) for one, text in zip(payloads, texts)]


def run_webhooks(change=lambda payloads: payloads):
    recorded = [row["payload"] for row in RECORDING.webhooks]
    before, after = ({(item["resourceType"], item["resourceId"]): item["snapshot"] for item in state.feed} for state in (RECORDING.t0, RECORDING.t1))
    report = Report()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        report.open_section("webhooks")
        interests = Interests(RECORDING.interests_from, RECORDING.interests)
        WebhookComparison(recorded, deliveries(change(copy.deepcopy(recorded))), before, after, interests, report).run()
        report.close_section()
    return report, printed.getvalue()


class WebhookTest(unittest.TestCase):
    def test_the_recorded_events_equal_themselves(self):
        report, printed = run_webhooks()
        self.assertEqual(report.totals[FAILED], 0, printed)
        self.assertFalse(report.rules)

    def assert_fails(self, change):
        report, printed = run_webhooks(change)
        self.assertGreater(report.totals[FAILED], 0, printed)

    def test_a_lost_event_fails(self):
        self.assert_fails(lambda payloads: payloads[1:])

    def test_a_repeated_event_fails(self):
        self.assert_fails(lambda payloads: payloads + payloads[:1])

    def test_other_handles_fail(self):
        def change(payloads):
            payloads[-1]["subscriptions"]["credentialHandles"] = ["price-bot"]
            return payloads

        self.assert_fails(change)

    def test_another_title_fails(self):
        def change(payloads):
            payloads[0]["snapshot"]["title"] = "other"
            return payloads

        self.assert_fails(change)

    def test_leaving_out_a_save_without_a_change_is_rule_R13(self):
        def change(payloads):
            first = next(one for one in payloads if one["snapshot"] and one["updatedAt"] < one["occurredAt"])
            return [one for one in payloads if one is not first]

        report, printed = run_webhooks(change)
        self.assertEqual(report.totals[FAILED], 0, printed)
        self.assertEqual(report.rules[rules.R13_SAME.id], 1)


if __name__ == "__main__":
    if not os.path.isdir(sys.argv[1]):
        print("skipped: recordings absent at", sys.argv[1])
        sys.exit(0)
    RECORDING = Recording(sys.argv.pop(1))
    unittest.main()
