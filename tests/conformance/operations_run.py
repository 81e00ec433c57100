"""Readiness, metrics, incidents, lifecycle, adoption and the bundle: reports about the run itself (contract craft-agents-governance section 5).

What a report says of its run (counters, lags, credentials) is that run's own, so it is held against the rules of the contract and against itself; everything
that does not depend on the run is compared with the recording.
"""

import hashlib

from comparison import MISSING, Difference, differences, envelope_problems, header_differences
from report import Verdict
from rules import SELF, WORDING, Rule

COUNTED = Rule("OPS-RUN", "gov 5.2", "counters and gauges count what this run has seen")
MANAGED = Rule("OPS-CRED", "gov 2.11", "credentials are those of this run: the recorded managed ones are configuration here, or absent")
WEBHOOK = Rule("OPS-HOOK", "gov 3.6", "the webhook and the switch are those of this run's configuration")
DURABLE = Rule("OPS-KEEP", "gov 5.2 FIX", "counters are kept in the store, and say since when")
FIRST = Rule("OPS-DLQ", "gov 5.3 FIX", "dead letters warn from the first on")
BOTH = Rule("OPS-BOTH", "gov 5.7 FIX", "the summary has status, warningCount and errorCount, too")
ROOMS = Rule("OPS-ROOMS", "gov 5.4", "what rooms report are further incidents, of a source of their own")
OPERATIONS_RULES = [COUNTED, MANAGED, WEBHOOK, DURABLE, FIRST, BOTH, ROOMS]

LEVELS = {"ok": 0, "warn": 1, "critical": 2}
CONFIGURED_SERIES = {"agents_rate_limit_per_minute", "agents_rate_limit_window_seconds"}
OPERATIONS_PATHS = {"/readiness", "/metrics", "/incidents", "/lifecycle", "/adoption/metrics", "/diagnostics/bundle"}
CATEGORIES = {"auth_failures": "auth", "scope_denials": "authorization", "rate_limit_denials": "rate_limit", "server_errors_5xx": "server",
              "queue_depth": "queue", "webhook_dlq_failed": "webhook", "consumer_lag_max_seconds": "sync"}


def is_operations(exchange):
    return exchange.path in OPERATIONS_PATHS and exchange.status == 200


def in_target_form(path, body):
    """A recorded report as the [FIX] lines have it."""
    if path == "/metrics":
        return _target_metrics(body)
    if path == "/incidents":
        return {**body, "data": [{**item, "comparator": ">="} if item["signalId"] == "webhook_dlq_failed" else item for item in body["data"]]}
    if path == "/diagnostics/bundle":
        counted = body["summary"]["checks"]
        summary = {"status": counted["status"], "warningCount": counted["warningsTotal"], "errorCount": counted["errorsTotal"], **body["summary"]}
        snapshots = {**body["snapshots"], "observability": _target_metrics(body["snapshots"]["observability"]),
                     "reliability": _target_reliability(body["snapshots"]["reliability"])}
        return {**body, "summary": summary, "snapshots": snapshots}
    return body


def _target_metrics(body):
    meta = {"counterBackend": "store", "counterResetBehavior": "cleared-by-operator", "countingSince": body["generatedAt"], "processStartedAt": body["generatedAt"]}
    return {**body, "reliability": _target_reliability(body["reliability"]), "meta": meta}


def _target_reliability(body):
    def fixed(signals):
        return [{**one, "comparator": ">="} if one["id"] == "webhook_dlq_failed" else one for one in signals]

    return {**body, "topSignals": fixed(body["topSignals"]), "signals": fixed(body["signals"])}


def severity_of(signal):
    """By value and thresholds, critical first."""
    for level in ("critical", "warn"):
        threshold = signal[f"{level}Threshold"]
        if signal["value"] >= threshold if signal["comparator"] == ">=" else signal["value"] > threshold:
            return level, round(max(0, (signal["value"] - threshold) / threshold if threshold > 0 else signal["value"]), 4)
    return "ok", 0


def incident_id(item):
    return "inc_" + hashlib.sha1(f"{item['signalId']}|{item['severity']}|{item['metricName']}".lower().encode()).hexdigest()[:16]


class OperationsJudge:
    """`send(exchange)` asks the running version."""

    def __init__(self, report, send):
        self.report = report
        self.send = send
        self.found = []

    def judge(self, exchange):
        ours = self.send(exchange)
        if ours.status != 200:
            return Verdict.of([f"status {ours.status}: {ours.text[:200]}"])
        self.found = header_differences(exchange.answer_headers, ours.headers) + envelope_problems(200, ours.headers, ours.body)
        bundle = exchange.path == "/diagnostics/bundle"
        mine = {key: value for key, value in ours.body.items() if key != "ok" and (bundle or key != "requestId")}
        name = exchange.path.strip("/").replace("/", "_")
        getattr(self, "_" + name)(in_target_form(exchange.path, exchange.answer), mine, "")
        return Verdict.of(self.found)

    # ---- tools

    def _say(self, path, expected, ours):
        self.found.append(Difference(path, expected, ours))

    def _hold(self, condition, path, expected, ours):
        if not condition:
            self._say(path, expected, ours)

    def _intend(self, rule):
        self.report.rule(rule.id)

    def _same_keys(self, then, ours, path):
        self._hold(isinstance(ours, dict) and list(then) == list(ours), f"{path} keys", list(then), list(ours) if isinstance(ours, dict) else ours)
        return isinstance(ours, dict) and then.keys() <= ours.keys()

    def _equal(self, then, ours, path, intended=()):
        """Equal but for `intended`: name of a key -> the rule by which its value is this run's, if it is of the same kind."""
        for one in differences(then, ours, path):
            key = one.path.rsplit(".", 1)[-1].split("[")[0]
            if key == "generatedAt" and isinstance(one.ours, str):
                continue
            rule = dict(intended).get(key)
            if rule is None or one.ours is MISSING or one.recorded is MISSING:
                self.found.append(one)
            else:
                self._intend(rule)

    # ---- reports

    def _readiness(self, then, ours, path):
        self._equal(then, ours, path or "readiness", {"pluginVersion": SELF, "environment": SELF})

    def _metrics(self, then, ours, path):
        if not self._same_keys(then, ours, path + "metrics"):
            return
        self._equal({key: then[key] for key in ("service", "format")}, {key: ours[key] for key in ("service", "format")}, path)
        self._hold([one["name"] for one in then["metrics"]] == [one.get("name") for one in ours["metrics"]], path + "metrics", "the 25 series in order", "others")
        for before, now in zip(then["metrics"], ours["metrics"]):
            where = f"{path}{before['name']}"
            counted = before["name"] not in CONFIGURED_SERIES and isinstance(now.get("value"), int) and now["value"] >= 0
            if counted and before["value"] != now["value"]:
                self._intend(COUNTED)
                now = {**now, "value": before["value"]}
            self._equal(before, now, where, {"description": WORDING})
        self._same_keys(then["meta"], ours["meta"], path + "meta")
        self._intend(DURABLE)
        self._reliability(then["reliability"], ours["reliability"], path + "reliability")

    def _reliability(self, then, ours, path):
        if not self._same_keys(then, ours, path):
            return
        known = {one["id"]: one for one in then["signals"]}
        signals = ours["signals"]
        self._hold(known.keys() == {one.get("id") for one in signals}, f"{path}.signals", sorted(known), [one.get("id") for one in signals])
        for signal in signals:
            before = known.get(signal.get("id"), {})
            where = f"{path}.{signal.get('id')}"
            if not self._same_keys(before, signal, where):
                continue
            for key in ("label", "metric", "unit", "warnThreshold", "criticalThreshold", "comparator"):
                self._hold(before[key] == signal[key], f"{where}.{key}", before[key], signal[key])
            self._hold((signal["severity"], signal["overflowRatio"]) == severity_of(signal), where, severity_of(signal), signal)
            if signal["id"] == "webhook_dlq_failed":
                self._intend(FIRST)
        order = [(-LEVELS[one["severity"]], -one["overflowRatio"]) for one in signals]
        self._hold(order == sorted(order), f"{path}.signals", "the worst first", order)
        bad = [one for one in signals if one["severity"] != "ok"]
        self._hold(ours["topSignals"] == bad[:5], f"{path}.topSignals", bad[:5], ours["topSignals"])
        self._hold(ours["status"] == (signals[0]["severity"] if signals else "ok"), f"{path}.status", "the worst", ours["status"])
        of_level = {f"signals{level.capitalize()}": sum(one["severity"] == level for one in signals) for level in ("warn", "critical", "ok")}
        counts = {"signalsEvaluated": len(signals), **of_level}
        self._equal(counts, ours["summary"], f"{path}.summary")

    COUNTED_KEYS = {**{key: COUNTED for key in ("incidentId", "severity", "currentValue", "firstSeenAt", "lastSeenAt")}, "recommendedAction": WORDING}

    def _incidents(self, then, ours, path):
        if not self._same_keys(then, ours, "incidents"):
            return
        known = {item["signalId"]: item for item in then["data"]}
        items = ours["data"]
        for item in items:
            if item.get("source") != "agents.runtime":
                self._intend(ROOMS)
                continue
            before = known.get(item["signalId"])
            self._hold(item["incidentId"] == incident_id(item), "incidentId", incident_id(item), item["incidentId"])
            self._hold(item["category"] == CATEGORIES.get(item["signalId"], "runtime"), "category", CATEGORIES.get(item["signalId"]), item["category"])
            self._hold(item["firstSeenAt"] <= item["lastSeenAt"], "firstSeenAt", "not after lastSeenAt", item["firstSeenAt"])
            if before is None:
                continue
            self._equal(before, item, item["signalId"], self.COUNTED_KEYS)
        if {item["signalId"] for item in items} != known.keys():
            self._intend(COUNTED)
        shape = set(then["data"][0]) if then["data"] else None
        for item in items:
            self._hold(shape is None or set(item) == shape, item["signalId"], "the recorded keys", sorted(item))
            self._hold(item["redaction"] == "strict" and item["severity"] in ("warn", "critical"), item["signalId"], "strict, warn or critical", item)
        order = [(item["source"] != "agents.runtime", -LEVELS[item["severity"]], item["incidentId"]) for item in items]
        self._hold(order == sorted(order), "data", "critical first, then by id", order)
        counts = {level: sum(item["severity"] == level for item in items) for level in ("critical", "warn")}
        self._equal({**then["meta"], "count": len(items), "severityCounts": counts}, ours["meta"], "meta")

    def _lifecycle(self, then, ours, path):
        where = path + "lifecycle"
        if not self._same_keys(then, ours, where):
            return
        self._equal(then["thresholds"], ours["thresholds"], where + ".thresholds")
        self._equal(then["runtime"], ours["runtime"], where + ".runtime", {"environment": SELF})
        rows, summary = ours["agents"], ours["summary"]
        self._same_keys(then["summary"], summary, where + ".summary")
        self._hold(summary["total"] == len(rows), where + ".summary.total", len(rows), summary["total"])
        live = [row for row in rows if row["mode"] != "revoked"]
        for level in ("warn", "critical"):
            count = sum(row["risk"]["level"] == level for row in live)
            self._hold(summary[f"risk{level.capitalize()}"] == count, f"{where}.{level}", count, summary)
        worst = "critical" if summary["riskCritical"] else "warn" if summary["riskWarn"] else "ok"
        self._hold(ours["status"] == worst, where + ".status", worst, ours["status"])
        known = {row["handle"]: row for row in then["agents"]}
        if known.keys() != {row["handle"] for row in rows}:
            self._intend(MANAGED)
        for row in rows:
            before = known.get(row["handle"]) or (then["agents"][0] if then["agents"] else None)
            if before:
                self._same_keys(before, row, f"{where}.{row['handle']}")
                self._same_keys(before["risk"], row["risk"], f"{where}.{row['handle']}.risk")
        order = [(-LEVELS[row["risk"]["level"]], row["handle"]) for row in rows]
        self._hold(order == sorted(order), where + ".agents", "by risk, then handle", order)

    def _adoption_metrics(self, then, ours, path):
        where = path + "adoption"
        if not self._same_keys(then, ours, where):
            return
        funnel, usage = ours["funnel"], ours["usage"]
        for key in ("funnel", "timeToFirstSuccess", "usage"):
            self._same_keys(then[key], ours[key], f"{where}.{key}")
        total = funnel["managedCredentialsTotal"]
        self._hold(funnel["managedCredentialsUsedAtLeastOnce"] + funnel["managedCredentialsUnused"] == total, where + ".funnel", "used and unused are all", funnel)
        for name, window in usage.items():
            self._hold(window["activeCredentials"] + window["inactiveCredentials"] == total, f"{where}.{name}", total, window)
        samples = ours["timeToFirstSuccess"]
        self._hold((samples["sampleSize"] == 0) == (samples["medianSeconds"] is None), where + ".timeToFirstSuccess", "null without samples", samples)
        if {**then, "generatedAt": None} != {**ours, "generatedAt": None}:
            self._intend(MANAGED)

    # ---- the bundle

    def _diagnostics_bundle(self, then, ours, path):
        if not self._same_keys(then, ours, "bundle"):
            return
        self._equal({key: then[key] for key in ("service", "type", "source")}, {key: ours[key] for key in ("service", "type", "source")}, "")
        for key, texts in then["redactionPolicy"].items():
            given = ours["redactionPolicy"].get(key)
            self._hold(bool(texts) == bool(given) and all(isinstance(one, str) and one for one in given or []), f"redactionPolicy.{key}", texts, given)
            self._intend(WORDING)
        # The control plane's flag is this run's, like the switch.
        self._equal(then["runtime"], ours["runtime"], "runtime", {"enabledSource": WEBHOOK, "environment": SELF, "writesExperimentalEnabled": WEBHOOK})
        self._checks(then["checks"], ours["checks"])
        self._summary(then["summary"], ours)
        self._snapshots(then["snapshots"], ours["snapshots"])
        self._equal(then["collectionErrors"], ours["collectionErrors"], "collectionErrors")

    CREDENTIALS = {key: MANAGED for key in ("credentialCount", "managedCredentialCount", "envCredentialCount", "credentialIds")}
    HOOK = {key: WEBHOOK for key in ("webhookEnabled", "webhookUrlHost", "webhookTimeoutSeconds", "webhookMaxAttempts", "enabled", "urlConfigured", "secretConfigured",
                                     "destinationHost", "timeoutSeconds", "maxAttempts")}
    READY = {"label": WORDING, "pluginVersion": SELF, "environment": SELF}

    def _without_hook_defaults(self, fields):
        """Which settings came from the profile, but for those of the webhook and the rate, which each run sets for itself."""
        return [one for one in fields if not one.startswith("webhook")]

    def _checks(self, then, ours):
        for name, before in then.items():
            self._fields(before.get("details", {}), ours.get(name, {}).get("details", {}), "profileDefaultsAppliedFields", f"checks.{name}")
            self._equal(before, ours.get(name, MISSING), f"checks.{name}", {**self.CREDENTIALS, **self.HOOK, **self.READY, "count": COUNTED})

    def _fields(self, then, ours, key, where):
        """Lists of settings of two lengths are compared here, and then made equal."""
        if key not in then or key not in ours:
            return
        self._hold(self._without_hook_defaults(then[key]) == self._without_hook_defaults(ours[key]), f"{where}.{key}", then[key], ours[key])
        if then[key] != ours[key]:
            self._intend(WEBHOOK)
            ours[key] = then[key]

    def _summary(self, then, ours):
        summary, checks = ours["summary"], ours["checks"]
        if not self._same_keys(then, summary, "summary"):
            return
        failed, all_checks = sum(one["status"] == "failed" for one in checks.values()), checks.values()
        counts = {"checksTotal": 3, "checksFailed": failed, "checksPassed": 3 - failed, "errorsTotal": sum(len(one["errors"]) for one in all_checks),
                  "warningsTotal": sum(len(one["warnings"]) for one in all_checks), "status": "failed" if failed else "ok"}
        self._equal(counts, summary["checks"], "summary.checks")
        both = {"status": counts["status"], "warningCount": counts["warningsTotal"], "errorCount": counts["errorsTotal"]}
        self._equal(both, {key: summary[key] for key in both}, "summary")
        self._intend(BOTH)
        judged, lives = ours["snapshots"]["reliability"], ours["snapshots"]["lifecycle"]
        self._equal({"status": judged["status"], "signalsWarn": judged["summary"]["signalsWarn"], "signalsCritical": judged["summary"]["signalsCritical"],
                     "topSignals": len(judged["topSignals"])}, summary["reliability"], "summary.reliability")
        risks = {key: lives["summary"][key] for key in ("riskWarn", "riskCritical")}
        self._equal({"status": lives["status"], "agents": len(lives["agents"]), **risks}, summary["lifecycle"], "summary.lifecycle")

    def _snapshots(self, then, ours):
        if not self._same_keys(then, ours, "snapshots"):
            return
        before, security = then["security"], ours["security"]
        ids, recorded = security["authentication"]["credentialIds"], before["authentication"]["credentialIds"]
        named = len(set(ids)) == security["authentication"]["credentialCount"] and all(one.startswith(("cp:", "env:")) for one in ids)
        self._hold(named, "credentialIds", "one each", ids)
        self._hold({one for one in recorded if one.startswith("env:")} <= set(ids), "credentialIds", recorded, ids)
        self._fields(before["profile"], security["profile"], "defaultsAppliedFields", "security.profile")
        security = {**security, "authentication": {**security["authentication"], "credentialIds": recorded}}
        self._equal(before, security, "security", {**self.CREDENTIALS, **self.HOOK, "environment": SELF})
        self._equal(then["readiness"], ours["readiness"], "readiness", self.READY)
        self._same_keys(then["consumers"], ours["consumers"], "consumers")
        self._same_keys(then["consumers"]["summary"], ours["consumers"]["summary"], "consumers.summary")
        self._hold(all(row["metadata"] in ({}, {"redacted": True}) for row in ours["consumers"]["rows"]), "consumers.rows", "without metadata", "with it")
        self._same_keys(then["webhooks"], ours["webhooks"], "webhooks")
        if then["webhooks"]["events"] and ours["webhooks"]["events"]:
            self._same_keys(then["webhooks"]["events"][0], ours["webhooks"]["events"][0], "webhooks.events")
        self._metrics(then["observability"], ours["observability"], "observability.")
        self._reliability(then["reliability"], ours["reliability"], "reliability")
        self._lifecycle(then["lifecycle"], ours["lifecycle"], "")
        self._adoption_metrics(then["adoption"], ours["adoption"], "")
