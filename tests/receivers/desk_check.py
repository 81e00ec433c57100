#!/usr/bin/env python3
"""The probe and the development test sink of the built program, over HTTP and with nothing but its own loopback. See README.md."""

import argparse
import hashlib
import hmac
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

from blackbox.http_client import bearer, request
from blackbox.millrace_process import MillraceProcess
from blackbox.waiting import wait_until

PROGRAM = None  # set by main()
SINK = "/agents/dev/webhook-test-sink"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NO_SOURCE = {"host": "127.0.0.1", "port": 1, "user": "nobody", "password": "none", "database": "none", "server_id": 1, "tls": "off"}
OPERATOR = {"id": "ann", "label": "Ann", "email": "ann@example.test", "token": "tok-ann-0123456789-0123456789", "permissions": ["operations:read", "operations:manage", "audit:read", "endpoints:view", "endpoints:manage"]}
READER = {"id": "bob", "token": "tok-bob-0123456789-0123456789", "permissions": ["operations:read"]}
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class RawReceiver:
    """Takes one request as bytes and answers 200."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        self.received = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        connection, _ = self.listener.accept()
        with connection:
            connection.settimeout(20)
            while not self._whole():
                self.received += connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def _whole(self):
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        return end and length and len(body) >= int(length[1])

    def request(self):
        self.thread.join(20)
        self.listener.close()
        return self.received


class Server:
    """A Millrace whose webhook may lead to its own sink."""

    def __init__(self, webhook=(), profile="test", environment="test"):
        self.directory = tempfile.mkdtemp(prefix="mrd-")
        port = free_port()
        self.own_sink = f"http://127.0.0.1:{port}{SINK}"
        hook = {"url": self.own_sink, "secret": SECRET, "allow_private": True, "test_sink": True, **dict(webhook)}
        settings = {"server": {"listen": f"127.0.0.1:{port}", "profile": profile, "environment": environment}, "source": {"kind": "mariadb", "mariadb": NO_SOURCE},
                    "mapping": {"name": "craft", "base_url": "http://sample.test/"}, "operators": [OPERATOR, READER], "log": {"level": "warn"},
                    "credentials": [{"id": "a", "token": "tok-agent-0123456789", "scopes": ["health:read", "entries:read"]}],
                    "webhook": {key: value for key, value in hook.items() if value is not None}}
        self.process = MillraceProcess(PROGRAM, self.directory, settings, "tok-agent-0123456789")
        self.process.start()
        wait_until(self.process.listening, "the port", 60.0)
        with open(os.path.join(self.directory, "store", "admin.json"), encoding="utf-8") as file:
            self.admin_port = json.load(file)["port"]

    def stop(self):
        self.process.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def sink(self, method, body=None, headers=(), path=SINK):
        return request(self.process.port, method, path, dict(headers), body)

    def admin(self, method, path, token=OPERATOR["token"], body=None):
        post = method == "POST"
        return request(self.admin_port, method, "/admin/v1" + path, bearer(token) | ({"Content-Type": "application/json"} if post else {}), (body or {}) if post else None)

    def data(self, method, path, body=None):
        answer = self.admin(method, path, body=body)
        assert answer.status == 200, answer
        return answer.body["data"]


def signed(body, secret=SECRET):
    timestamp = str(int(time.time()))
    mac = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Agents-Webhook-Id": "evt_by_header", "X-Agents-Webhook-Timestamp": timestamp, "X-Agents-Webhook-Signature": "sha256=" + mac}


class DeskTest(unittest.TestCase):
    def server(self, **options):
        server = Server(**options)
        self.addCleanup(server.stop)
        return server

    def test_the_sink_answers_as_the_contract_says(self):
        server = self.server()
        introduced = server.sink("GET")
        self.assertEqual(introduced.status, 200)
        self.assertEqual(list(introduced.body), ["ok", "service", "type", "enabled", "url", "message"])
        self.assertEqual({key: introduced.body[key] for key in ("ok", "service", "type", "enabled", "url")},
                         {"ok": True, "service": "agents", "type": "webhook.test-sink", "enabled": True, "url": server.own_sink})
        self.assertEqual((server.sink("HEAD").status, server.sink("HEAD").text), (200, ""))
        refused = server.sink("PUT", "{}")
        self.assertEqual((refused.status, refused.body["ok"], refused.body["error"], refused.headers["allow"]), (405, False, "METHOD_NOT_ALLOWED", "GET, HEAD, POST"))

        event = '{"id":"evt_1","resourceType":"entry","resourceId":"7","action":"updated"}'
        wrong = {**signed(event), "X-Agents-Webhook-Signature": "sha256=" + "0" * 64}
        captured = [server.sink("POST", event, headers, path) for headers, path in ((signed(event), SINK), (wrong, SINK), ({}, SINK + "/"))]
        captured.append(server.sink("POST", "not JSON", signed("not JSON")))
        self.assertEqual([answer.status for answer in captured], [200] * 4)
        self.assertEqual([answer.body["captured"]["verificationStatus"] for answer in captured], ["valid", "invalid", "unsigned", "valid"])
        first = captured[0].body["captured"]
        self.assertEqual(list(first), ["id", "eventId", "resourceType", "resourceId", "action", "verificationStatus", "dateCreated"])
        self.assertEqual((first["eventId"], first["resourceType"], first["resourceId"], first["action"]), ("evt_1", "entry", "7", "updated"))
        self.assertRegex(first["dateCreated"], DATE)
        self.assertEqual((captured[3].body["captured"]["eventId"], captured[3].body["captured"]["action"]), ("evt_by_header", None))

        shown = server.data("GET", "/webhooks/test-sink")
        self.assertEqual(shown["config"], {"requested": True, "devMode": True, "enabled": True, "path": SINK, "url": server.own_sink, "webhookUrlConfigured": True,
                                           "webhookSecretConfigured": True, "webhookUrlMatchesSink": True, "storageReady": True, "retentionLimit": 200})
        self.assertRegex(shown["summary"].pop("lastCapturedAt"), DATE)
        self.assertEqual(shown["summary"], {"total": 4, "valid": 2, "invalid": 1, "unsigned": 1, "secretMissing": 0})
        self.assertEqual([capture["body"] for capture in shown["captures"]], ["not JSON", event, event, event])
        self.assertEqual((shown["captures"][1]["method"], shown["captures"][1]["payloadBytes"], shown["captures"][1]["remoteIp"]), ("POST", len(event), "127.0.0.1"))

    def test_one_click_test_and_clear(self):
        server = self.server()
        captured = server.data("POST", "/webhooks/test-sink/test")
        self.assertEqual((captured["verificationStatus"], captured["resourceType"], captured["action"], captured["resourceId"]), ("valid", "entry", "updated", "webhook-test-sink-probe"))
        self.assertRegex(captured["eventId"], r"^evt_test_sink_probe_\d{14}_[0-9a-f]{8}$")
        self.assertEqual(json.loads(captured["body"])["subscriptions"], {"mode": "firehose", "credentialHandles": []})
        self.assertEqual(server.data("GET", "/webhooks/test-sink")["summary"]["total"], 1)
        self.assertEqual(server.data("POST", "/webhooks/test-sink/clear"), {"deleted": 1})
        cleared = server.data("GET", "/webhooks/test-sink")
        self.assertEqual((cleared["summary"], cleared["captures"]), ({"total": 0, "valid": 0, "invalid": 0, "unsigned": 0, "secretMissing": 0, "lastCapturedAt": None}, []))
        audited = [row["action"] for row in server.data("GET", "/audit?category=webhook")]
        self.assertEqual(audited, ["sink.clear", "sink.test"])

    def test_forms_reach_the_sink_signed(self):
        for form in ("standard-webhooks", "cloudevents"):
            captured = self.server(webhook={"form": form}).data("POST", "/webhooks/test-sink/test")
            self.assertEqual((captured["verificationStatus"], captured["resourceType"], captured["action"]), ("valid", "entry", "updated"), form)

    def test_a_probe_is_delivered_recorded_audited_and_cooled_down(self):
        server = self.server()
        before = server.data("GET", "/webhooks/probe")
        self.assertEqual(before["config"], {"urlConfigured": True, "secretConfigured": True, "enabled": True, "targetUrl": server.own_sink, "storageReady": True, "cooldownSeconds": 300,
                                            "cooldownActive": False, "cooldownRemainingSeconds": 0, "nextAllowedAt": None})
        run = server.data("POST", "/webhooks/probe")
        self.assertEqual(list(run), ["id", "probeId", "eventId", "status", "deliveryMode", "httpStatusCode", "httpReason", "errorMessage", "triggeredByUserId", "triggeredByLabel",
                                     "targetUrl", "payload", "dateCreated", "endpoint"])
        self.assertEqual((run["status"], run["deliveryMode"], run["httpStatusCode"], run["httpReason"], run["errorMessage"]), ("delivered", "sync", 200, "OK", None))
        payload = run["payload"]
        self.assertEqual(list(payload), ["id", "eventKind", "isProbe", "probeId", "occurredAt", "triggeredAt", "resourceType", "resourceId", "action", "updatedAt", "snapshot", "triggeredBy"])
        self.assertEqual(list(payload["snapshot"]), ["title", "source", "environment"])
        self.assertEqual(payload["triggeredBy"], {"id": "cp:ann", "username": "ann", "email": "ann@example.test", "label": "Ann"})
        self.assertEqual((payload["snapshot"]["source"], payload["snapshot"]["environment"]), ("cp-send-production-probe", "test"))
        arrived = server.data("GET", "/webhooks/test-sink")["captures"][0]
        self.assertEqual((json.loads(arrived["body"]), arrived["verificationStatus"], arrived["resourceType"]), (payload, "valid", "system"))

        again = server.admin("POST", "/webhooks/probe")
        self.assertEqual(again.status, 400)
        self.assertRegex(again.text, r"try again in [1-9]\d* seconds")
        after = server.data("GET", "/webhooks/probe")
        self.assertEqual((after["config"]["cooldownActive"], len(after["runs"]), after["summary"]["delivered"]), (True, 1, 1))
        self.assertEqual([row["action"] for row in server.data("GET", "/audit?category=webhook")], ["probe"])

    def test_what_the_program_sends_is_what_verify_accepts(self):
        for form, headers in (("contract", "contract"), ("contract", "standard"), ("standard-webhooks", "any"), ("cloudevents", "contract")):
            receiver = RawReceiver()
            server = self.server(webhook={"url": receiver.url, "form": form, "standard_headers": headers == "standard"})
            self.assertEqual(server.data("POST", "/webhooks/probe")["status"], "delivered", form)
            keys = os.path.join(server.directory, "keys")
            with open(keys, "w", encoding="utf-8") as file:
                file.write(SECRET + "\n")
            judged = subprocess.run([PROGRAM, "verify", "--secret-file", keys, "--form", headers], input=receiver.request(), capture_output=True, check=False, timeout=60)
            self.assertEqual((judged.returncode, judged.stdout), (0, b"verified\n"), (form, headers, judged.stderr))

    def test_the_command_line_does_the_same(self):
        server = self.server()
        config = os.path.join(server.directory, "millrace.toml")

        def millrace(*words):
            done = subprocess.run([PROGRAM, "webhooks", *words, "--config", config], capture_output=True, text=True, check=False, timeout=60)
            return done.returncode, done.stdout + done.stderr

        for words, wanted in ((["sink-test"], "valid entry/webhook-test-sink-probe updated evt_test_sink_probe_"), (["probe"], "delivered probe_"), (["probes"], ": 1, 0 failed"),
                              (["sink"], "2 captured, 2 valid"), (["sink-clear"], "2 captures removed")):
            status, said = millrace(*words)
            self.assertEqual((status, wanted in said), (0, True), (words, said))
        self.assertEqual(millrace("probe")[0], 1)

    def test_an_endpoint_made_at_run_time_is_probed_and_tested_with_its_own_keys(self):
        server = self.server(webhook={"url": f"http://127.0.0.1:{free_port()}/nobody"})
        made = server.data("POST", "/endpoints", {"name": "news", "owner": "a", "url": server.own_sink + "?from=news", "resourceTypes": ["entry"], "form": "standard-webhooks"})
        self.assertTrue(made["revealedSecret"]["secret"].startswith("whsec_"))
        captured = server.data("POST", "/webhooks/test-sink/test", {"endpoint": "news"})
        self.assertEqual((captured["verificationStatus"], captured["resourceType"]), ("valid", "entry"))
        run = server.data("POST", "/webhooks/probe", {"endpoint": "news"})
        self.assertEqual((run["status"], run["endpoint"], run["targetUrl"]), ("delivered", "news", server.own_sink + "?from=news"))
        arrived = server.data("GET", "/webhooks/test-sink")["captures"][0]
        self.assertEqual((arrived["verificationStatus"], json.loads(arrived["body"])["data"]), ("valid", run["payload"]))
        self.assertIn("too recent", server.admin("POST", "/webhooks/probe", body={"endpoint": "news"}).text)
        self.assertEqual(server.data("GET", "/webhooks/probe?endpoint=news")["summary"]["total"], 1)
        self.assertEqual(server.data("GET", "/webhooks/probe")["summary"]["total"], 0)
        self.assertEqual(server.data("POST", "/webhooks/probe", {"endpoint": "default"})["endpoint"], None)
        self.assertEqual(server.admin("POST", "/webhooks/probe", body={"endpoint": "nobody"}).status, 404)
        self.assertEqual([row["action"] for row in server.data("GET", "/audit?category=webhook")], ["probe", "probe", "sink.test"])
        metrics = request(server.admin_port, "GET", "/metrics", bearer(OPERATOR["token"]), None).text
        for series in ('millrace_endpoint_running{endpoint="news"} 1', 'millrace_endpoint_attempts_total{endpoint="default",outcome="delivered"} 0', 'millrace_replay_jobs{state="running"} 0', "millrace_endpoints 2"):
            self.assertIn(series + "\n", metrics)

    def test_a_failed_probe_is_told(self):
        server = self.server(webhook={"url": f"http://127.0.0.1:{free_port()}/nobody"})
        run = server.data("POST", "/webhooks/probe")
        self.assertEqual((run["status"], run["httpStatusCode"], run["httpReason"]), ("failed", None, None))
        self.assertIn("connect", run["errorMessage"])
        self.assertEqual(server.data("GET", "/webhooks/probe")["summary"]["failed"], 1)
        self.assertIn("not the test sink", server.admin("POST", "/webhooks/test-sink/test").text)

    def test_who_may_not_is_refused(self):
        server = self.server()
        for path in ("/webhooks/probe", "/webhooks/test-sink/test", "/webhooks/test-sink/clear"):
            self.assertEqual(server.admin("POST", path, token=READER["token"]).status, 403, path)
            self.assertEqual(server.admin("POST", path, token="nobody").status, 401, path)
        self.assertEqual(server.admin("GET", "/webhooks/probe", token=READER["token"]).status, 200)
        self.assertEqual(server.data("GET", "/webhooks/test-sink")["summary"]["total"], 0)

    def test_without_url_and_secret_the_sink_says_so_and_there_is_nothing_to_probe(self):
        server = self.server(webhook={"url": None, "secret": None})
        self.assertEqual(server.sink("POST", "{}", signed("{}")).body["captured"]["verificationStatus"], "secret-missing")
        self.assertEqual(server.admin("POST", "/webhooks/probe").status, 503)

    def test_the_sink_is_not_there_unless_asked_for_on_a_development_machine(self):
        for options in ({"webhook": {"test_sink": False}}, {"profile": "production"}, {"profile": "staging"}, {"environment": "production"}):
            server = self.server(**options)
            for method in ("GET", "POST"):
                self.assertEqual(server.sink(method, "{}" if method == "POST" else None).status, 404, options)
            self.assertFalse(server.data("GET", "/webhooks/test-sink")["config"]["enabled"])
            self.assertEqual(server.admin("POST", "/webhooks/test-sink/clear").status, 404)


def main():
    global PROGRAM
    parser = argparse.ArgumentParser()
    parser.add_argument("--millrace", required=True)
    PROGRAM = os.path.abspath(parser.parse_args().millrace)
    unittest.main(argv=[sys.argv[0]], verbosity=1)


if __name__ == "__main__":
    main()
