#!/usr/bin/env python3
"""The comparison itself, checked against the recording: recorded answers pass, spoilt ones fail. `self_check.py DIR`."""

import contextlib
import copy
import functools
import io
import json
import os
import sys
import unittest
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

import cli_judge
import rules
from blackbox.receiver import Delivery
from echo import Echo
from fresh_start import FreshStart, belongs_to_live_run
from list_parameters import status_of
from recording import Recording
from report import FAILED, NOT_YET, PASSED, Report
from source import Source
from webhook_comparison import Interests, WebhookComparison

RECORDING = None  # set by main()


def source_of(state):
    """What the source's rows would say, as far as the recording lets it be known; one live nested entry gets an owner that is not."""
    snapshots = [item["snapshot"] for item in state.feed if item["resourceType"] == "entry" and item["snapshot"]]
    nested = next(one for one in sorted(snapshots, key=lambda one: (one["updatedAt"], one["id"]), reverse=True)
                  if one["status"] == "live" and one["section"] is None)
    hidden = next(one for one in snapshots if one["status"] == "disabled")
    return Source(owners={str(nested["id"]): str(hidden["id"])}, dates={str(hidden["id"]): (False, None, None)})


@functools.cache
def echo_of(name):
    state = RECORDING.state(name)
    source = source_of(state)
    return Echo(state, source), source


def run_fresh(name, spoil=lambda exchange, body: body, path=None):
    """The totals of a fresh-start comparison of the recording with itself; with `path` of its exchanges only."""
    state, (whole, source), report = RECORDING.state(name), echo_of(name), Report()
    echo = whole.spoiling(spoil)
    with contextlib.redirect_stdout(io.StringIO()) as printed, \
            mock.patch("exchange_judge.request", echo.request), mock.patch("blackbox.feed_client.request", echo.request):
        report.open_section(name)
        fresh = FreshStart(state, echo, source, report)
        if path is None:
            fresh.run()
        for chain in state.chains() if path else []:
            if chain[0].path == path and not belongs_to_live_run(chain[0]):
                report.add(path, str(chain[0]), fresh.judge.judge(chain))
        report.close_section()
    return report, printed.getvalue()


class Spoilt(unittest.TestCase):
    def assert_fails(self, path, change, status=200, name="t0", count=1):
        """Fails where an answer of this path was changed: one, or the first so many."""
        spoilt = []

        def spoil(exchange, body):
            if exchange.path == path and exchange.status == status and isinstance(body, dict) and len(spoilt) < count:
                before = copy.deepcopy(body)
                change(body)
                spoilt.extend([exchange] if json.dumps(body) != json.dumps(before) else [])
            return body

        report, printed = run_fresh(name, spoil, path)
        self.assertTrue(spoilt)
        self.assertEqual(report.totals[FAILED], 1, printed)


class FreshStartTest(Spoilt):
    def test_the_recording_in_target_form_passes(self):
        for name in ("t0", "t1"):
            report, printed = run_fresh(name)
            self.assertEqual(report.totals[FAILED], 0, printed)
            self.assertEqual(report.totals[NOT_YET], 0, report.not_yet_reasons)
            self.assertGreater(report.totals[PASSED], 2000)
        for rule in (rules.R2, rules.R3, rules.R5, rules.R6, rules.R7, rules.R8, rules.R10, rules.Q5, rules.Q6, rules.Q10, rules.D8, rules.D9):
            self.assertGreater(report.rules[rule.id], 0, rule.id)  # in T1

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


class GovernedActionsTest(Spoilt):
    def test_a_changed_value_fails_wherever_it_stands(self):
        changes = {
            "/control/policies": lambda body: body["data"] and body["data"][0].update(riskLevel="critical"),
            "/control/approvals": lambda body: body["data"] and body["data"][0].update(status="approved"),
            "/control/approvals/decide": lambda body: body["data"].update(approvalCount=2),
            "/control/actions/execute": lambda body: body["data"]["resultPayload"].update(executionMode="other"),
            "/control/executions": lambda body: body["data"].reverse(),
            "/control/policy-simulate": lambda body: body["data"]["evaluation"].update(wouldExecute=True),
            "/control/audit": lambda body: body["data"] and body["data"][0].update(outcome="error"),
        }
        for path, change in changes.items():
            self.assert_fails(path, change, name="t1")

    def test_a_record_that_says_too_much_or_nothing_fails(self):
        self.assert_fails("/control/approvals/request", lambda body: body["data"].update(surprise=1), name="t1")
        self.assert_fails("/control/actions/execute", lambda body: body["data"].update(errorMessage=""), name="t1")
        self.assert_fails("/control/actions/execute", lambda body: body["data"]["resultPayload"].update(reasonCode="because"), name="t1")

    def test_another_time_than_the_call_s_fails(self):
        self.assert_fails("/control/policies/upsert", lambda body: body["data"].update(dateUpdated="2020-01-01T00:00:00Z"), name="t1")

    def test_audit_rows_out_of_order_fail(self):
        self.assert_fails("/control/audit", lambda body: body["data"].reverse(), name="t1")


class OperationsTest(Spoilt):
    def test_another_rate_limit_fails(self):
        self.assert_fails("/metrics", lambda body: body["metrics"][5].update(value=7))

    def test_series_in_another_order_fail(self):
        self.assert_fails("/metrics", lambda body: body["metrics"].reverse())

    def test_a_severity_that_the_value_does_not_give_fails(self):
        self.assert_fails("/metrics", lambda body: body["reliability"]["signals"][-1].update(severity="critical"))

    def test_a_moved_threshold_fails(self):
        self.assert_fails("/metrics", lambda body: body["reliability"]["signals"][0].update(warnThreshold=6))

    def test_an_incident_under_another_id_fails(self):
        self.assert_fails("/incidents", lambda body: body["data"][0].update(incidentId="inc_0000000000000000"), name="t1")

    def test_miscounted_incidents_fail(self):
        self.assert_fails("/incidents", lambda body: body["meta"]["severityCounts"].update(warn=99), name="t1")

    def test_a_status_that_the_rows_do_not_give_fails(self):
        self.assert_fails("/lifecycle", lambda body: body.update(status="critical"), name="t1")

    def test_a_funnel_that_does_not_add_up_fails(self):
        self.assert_fails("/adoption/metrics", lambda body: body["funnel"].update(managedCredentialsUnused=99))

    def test_another_score_fails(self):
        self.assert_fails("/readiness", lambda body: body.update(readinessScore=60))

    def test_a_bundle_without_a_part_fails(self):
        self.assert_fails("/diagnostics/bundle", lambda body: body["snapshots"].pop("adoption"))

    def test_a_bundle_with_metadata_of_a_checkpoint_fails(self):
        self.assert_fails("/diagnostics/bundle", lambda body: body["snapshots"]["consumers"]["rows"].append({"metadata": {"note": "x"}}))

    def test_a_bundle_that_miscounts_its_errors_fails(self):
        self.assert_fails("/diagnostics/bundle", lambda body: body["summary"].update(errorCount=3))


class ReadSurfaceTest(Spoilt):
    def test_the_reference_s_own_rows_fail_where_a_rule_has_others(self):
        """The defects of the reference, answered as recorded."""
        asked = {"/variants": "live", "/donations": "live", "/products": "all", "/entries": "live"}
        for path, status in asked.items():
            def as_recorded(exchange, body, path=path, status=status):
                if exchange.path != path or exchange.status != 200 or status_of(exchange) != status or exchange.rows is None:
                    return body
                return {**body, "data": exchange.rows} if "fields" not in exchange.parameters else body

            report, printed = run_fresh("t1", as_recorded, path)
            self.assertGreater(report.totals[FAILED], 0, f"{path}: {printed}")

    def test_the_reference_s_statuses_fail_where_a_rule_has_others(self):
        for name, path in (("t0", "/users"), ("t0", "/products"), ("t0", "/nope"), ("t1", "/sync-state/checkpoint")):
            def same_body(exchange, body, path=path):
                return exchange.answer if exchange.path == path and rules.other_answer(exchange) else body

            report, printed = run_fresh(name, same_body, path)
            self.assertGreater(report.totals[FAILED], 0, f"{path}: {printed}")

    def test_list_rows_in_the_wrong_order_fail(self):
        self.assert_fails("/orders", lambda body: body["data"].reverse())

    def test_a_list_row_with_another_value_fails(self):
        self.assert_fails("/assets", lambda body: [row.update(size=1) for row in body["data"] if "size" in row])

    def test_a_row_too_many_fails(self):
        self.assert_fails("/tags", lambda body: body["data"].append({"id": 1}))

    def test_an_unredacted_address_fails(self):
        self.assert_fails("/users", lambda body: [row.update(email="a@example.test") for row in body["data"] if "email" in row])

    def test_other_filters_in_meta_fail(self):
        self.assert_fails("/entries", lambda body: body["meta"]["filters"].update(section="other"))

    def test_a_wrong_count_fails(self):
        self.assert_fails("/categories", lambda body: body["meta"].update(count=1000))

    def test_a_list_without_its_page_fails(self):
        self.assert_fails("/products", lambda body: body.pop("page"))

    def test_a_page_without_resume_cursor_fails(self):
        self.assert_fails("/products", lambda body: body["page"].pop("resumeCursor"))

    def test_a_cursor_of_the_reference_s_that_does_not_restart_fails(self):
        def lost(exchange, body):
            return {**body, "data": []} if exchange.path == "/orders" and "cursor" in exchange.parameters and exchange.status == 200 else body

        _, printed = run_fresh("t0", lost, "/orders")
        self.assertIn("the reference's own cursors restart 0 of 1, 1 failed", printed)

    def test_a_route_that_must_be_served_and_is_not_fails(self):
        def forgotten(exchange, body):
            return {**body, "paths": {path: one for path, one in body["paths"].items() if path != "/orders"}} if isinstance(body, dict) and "paths" in body else body

        report, printed = run_fresh("t0", forgotten, "/orders")
        self.assertEqual((report.totals[PASSED], report.totals[NOT_YET]), (0, 0), printed)

    def test_an_answer_without_ok_fails(self):
        self.assert_fails("/sections", lambda body: body.pop("ok"))

    def test_a_foreign_request_id_fails(self):
        self.assert_fails("/sections", lambda body: body.update(requestId="other-request"))

    def test_a_show_with_another_value_fails(self):
        self.assert_fails("/assets/show", lambda body: body["data"].update(width=1))

    def test_the_undocumented_limit_text_fails(self):
        self.assert_fails("/tags", lambda body: body["error"].update(message="Invalid `limit`; expected integer between 1 and 200."), status=400)

    def test_fewer_details_fail(self):
        self.assert_fails("/tags/show", lambda body: body.update(details=[]), status=400)

    def test_a_text_that_names_something_else_fails(self):
        self.assert_fails("/tags/show", lambda body: body["error"].update(message="Wrong."), status=400)

    def test_another_error_code_fails(self):
        self.assert_fails("/orders/show", lambda body: body["error"].update(code="GONE"), status=404)

    def test_a_template_without_a_scope_fails(self):
        self.assert_fails("/templates", lambda body: body["templates"][0]["requiredScopes"].pop())

    def test_a_snippet_without_its_variables_fails(self):
        self.assert_fails("/starter-packs", lambda body: body["starterPacks"][0]["runtimes"]["curl"].update(snippet="curl"))

    def test_a_schema_with_another_type_fails(self):
        def change(body):
            if "schemas" in body:
                body["schemas"]["orders.list"]["query"]["properties"]["lastDays"]["type"] = "string"

        self.assert_fails("/schema", change)

    def test_a_lost_parameter_fails(self):
        self.assert_fails("/openapi.json", lambda body: body["paths"]["/changes"]["get"]["parameters"].pop(), count=2)  # asked first for what is served

    def test_a_lag_that_stands_still_fails(self):
        def change(body):
            for row in body["data"]:
                row.update(checkpointAt="2026-11-22T10:00:00Z")

        self.assert_fails("/sync-state/lag", change, name="t1")

    def test_a_checkpoint_under_another_key_fails(self):
        self.assert_fails("/sync-state/checkpoint", lambda body: body["data"].update(integrationKey="other"), name="t1")


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


class CommandLineTest(unittest.TestCase):
    """What our command line would say is made from what was recorded; then it is spoilt."""

    def problems(self, number, spoil=lambda ours: None):
        recorded = RECORDING.commands[number - 1]
        report = Report()
        ours = self.as_we_say_it(recorded)
        spoil(ours)
        return cli_judge.problems(recorded["command"][0].removeprefix("agents/"), recorded, ours, report), report

    @staticmethod
    def as_we_say_it(recorded):
        told = cli_judge.Invocation(recorded["command"][0].removeprefix("agents/"), recorded)
        ours = {key: recorded[key] for key in ("exit", "stdout", "stderr")}
        if told.name in cli_judge.CHECKS or told.name == "diagnostics-bundle":
            ours["stdout"] = ours["stdout"].replace('"source": "api"', '"source": "cli"')
        elif told.json and ours["stdout"]:
            ours["stdout"] = json.dumps(cli_judge.operator_tree(told, json.loads(ours["stdout"]), set()), indent=4) + "\n"
        else:
            ours["stdout"] = "".join(line + "\n" for line in cli_judge.operator_lines(told, ours["stdout"].splitlines(), set()))
        if told.replaces_status:
            ours["stderr"] = f"{told.given['status']} is unknown\n"
        return ours

    def number_of(self, *command):
        return next(one["n"] for one in RECORDING.commands if one["command"] == ["agents/" + command[0], *command[1:]])

    def assert_fails(self, command, spoil):
        self.assertTrue(self.problems(self.number_of(*command), spoil)[0], command)

    def test_every_recorded_command_passes_in_our_form(self):
        for one in RECORDING.commands:
            self.assertEqual(self.problems(one["n"])[0], [], one["command"])

    def test_an_email_address_that_is_not_redacted_fails(self):
        for command in (("order-list", "--limit=3", "--json=1"), ("order-show", "--resource-id=1678"), ("order-show", "--resource-id=1678", "--json=1")):
            recorded = RECORDING.commands[self.number_of(*command) - 1]
            self.assert_fails(command, lambda ours, recorded=recorded: ours.update(stdout=recorded["stdout"]))

    def test_another_exit_status_fails(self):
        for command in (("section-list",), ("order-show",), ("smoke",), ("smoke", "--json=1"), ("diagnostics-bundle",), ("diagnostics-bundle", "--json=1")):
            self.assert_fails(command, lambda ours: ours.update(exit=1 - ours["exit"]))

    def test_a_lost_line_fails(self):
        for command in (("section-list",), ("lifecycle-report",), ("reliability-check",), ("template-catalog",), ("diagnostics-bundle",)):
            self.assert_fails(command, lambda ours: ours.update(stdout="".join(ours["stdout"].splitlines(True)[1:])))

    def test_another_value_fails(self):
        self.assert_fails(("section-list", "--json=1"), lambda ours: ours.update(stdout=ours["stdout"].replace("Pages", "Paper")))
        self.assert_fails(("auth-check", "--json=1"), lambda ours: ours.update(stdout=ours["stdout"].replace('"requireToken": true', '"requireToken": false')))

    def test_another_form_of_json_fails(self):
        for command in (("section-list", "--json=1"), ("smoke", "--json=1"), ("diagnostics-bundle", "--json=1")):
            self.assert_fails(command, lambda ours: ours.update(stdout=json.dumps(json.loads(ours["stdout"]))))

    def test_a_check_that_hides_its_errors_fails(self):
        self.assert_fails(("reliability-check", "--json=1"), lambda ours: ours.update(exit=0, stdout=ours["stdout"].replace('"failed"', '"ok"')))
        self.assert_fails(("reliability-check",), lambda ours: ours.update(stderr=""))

    def test_a_silent_failure_and_a_silent_replacement_fail(self):
        for command in (("order-show",), ("product-list", "--status=bogus")):
            self.assert_fails(command, lambda ours: ours.update(stderr=""))


if __name__ == "__main__":
    if not os.path.isdir(sys.argv[1]):
        print("skipped: recordings absent at", sys.argv[1])
        sys.exit(0)
    RECORDING = Recording(sys.argv.pop(1))
    unittest.main()
