#!/usr/bin/env python3
"""The operator command line of the built program: options, where it looks for the server, exit statuses, streams. See README.md."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from admin_stand_in import AdminStandIn

MILLRACE = None  # set by main()
TOKEN = "tok-admin-0123456789"
PRODUCTS = "/agents/v1/products?status=live&sort=updatedAt&lowStockThreshold=10&limit=50"
ONE_PRODUCT = (200, {"ok": True, "data": [{"id": 1, "title": "Té", "slug": "te", "status": "live", "hasUnlimitedStock": True, "updatedAt": "t"}], "requestId": "r"})
REVEALED = (200, {"ok": True, "data": {"credential": {"id": 7, "handle": "bot"}, "revealedCredential": {"id": 7, "token": "bot-secret", "handle": "bot", "action": "created"}},
                  "requestId": "r"})


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        self.admin = AdminStandIn(TOKEN)
        self.addCleanup(self.admin.stop)
        directory = tempfile.TemporaryDirectory(prefix="mrc-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.config = self.path("millrace.toml")
        # The secret that is not there must not matter: an operator's shell has no environment of the service.
        self.write(self.config, f'[storage]\ndirectory = "{self.directory}"\n[source.mariadb]\npassword_env = "NOT_HERE"\n')
        self.announce(port=self.admin.port)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, path, text):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def announce(self, port, token=TOKEN):
        self.write(self.path("admin.json"), json.dumps({"address": "127.0.0.1", "port": port, "token": token}))

    def millrace(self, *arguments, config=True, env=None, stdin=None):
        command = [MILLRACE, *arguments, *(["--config", self.config] if config else [])]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("MILLRACE_")}
        done = subprocess.run(command, input=stdin or "", capture_output=True, text=True, timeout=60, check=False, cwd=self.directory, env={**clean, **(env or {})})
        return done.returncode, done.stdout, done.stderr

    def targets(self):
        return [target for _, target, _, _ in self.admin.requests]

    # ---- spellings

    def test_json_has_three_spellings(self):
        self.admin.answers[PRODUCTS] = ONE_PRODUCT
        outputs = [self.millrace("product-list", *spelling) for spelling in (["--json=1"], ["--json"], ["-j"])]
        self.assertEqual(outputs[0][0], 0, outputs[0])
        self.assertEqual(json.loads(outputs[0][1])["data"][0]["title"], "Té")
        self.assertEqual([output for output in outputs if output != outputs[0]], [])
        self.assertEqual(self.millrace("product-list", "--json=0"), self.millrace("product-list"))

    def test_options_in_every_spelling_reach_the_server(self):
        self.millrace("product-list", "--search=red tea", "--low-stock=1", "--limit=3")
        self.millrace("product-list", "-q", "red tea", "--low-stock", "--limit", "3")
        self.millrace("product-list", "-q", "red tea", "--low-stock=0", "--limit", "3")
        lacking = "/agents/v1/products?status=live&q=red%20tea&sort=updatedAt&lowStockThreshold=10&limit=3"
        wanted = lacking.replace("&lowStockT", "&lowStock=1&lowStockT")
        self.assertEqual(self.targets()[:2], [wanted, wanted])
        self.assertEqual(self.targets()[2], lacking.replace("&lowStockT", "&lowStock=0&lowStockT"))

    def test_letters_stand_for_ids(self):
        self.millrace("order-show", "-i", "7")
        self.millrace("starter-packs", "-t", "x")
        self.assertEqual(self.targets(), ["/agents/v1/orders/show?id=7", "/agents/v1/starter-packs?id=x"])

    def test_an_empty_list_clears(self):
        self.millrace("credentials", "update", "bot", "--ip-allowlist=", "--ttl-days=-1", "--force-human-approval=0")
        self.assertEqual(self.admin.requests[0][3], {"ipAllowlist": [], "ttlDays": -1, "forceHumanApproval": False})

    # ---- where the server is

    def test_the_configuration_may_come_from_the_environment(self):
        self.admin.answers[PRODUCTS] = ONE_PRODUCT
        self.assertEqual(self.millrace("product-list", config=False, env={"MILLRACE_CONFIG": self.config})[0], 0)
        self.assertEqual(self.millrace("product-list", config=False)[0], 0)  # ./millrace.toml
        self.assertEqual([token for _, _, token, _ in self.admin.requests], [TOKEN, TOKEN])

    def test_a_server_elsewhere_takes_its_token_from_the_environment(self):
        self.announce(port=1, token="other")
        self.admin.answers[PRODUCTS] = ONE_PRODUCT
        server = f"--server=http://127.0.0.1:{self.admin.port}"
        self.assertEqual(self.millrace("product-list", server, env={"MILLRACE_OPERATOR_TOKEN": TOKEN})[0], 0)
        self.assertEqual(self.millrace("product-list", server)[0], 2)
        status, _, err = self.millrace("product-list", server, env={"MILLRACE_OPERATOR_TOKEN": "wrong"})
        self.assertEqual(status, 1)
        self.assertIn("does not know this token", err)

    def test_without_a_server_it_says_so(self):
        port = self.admin.port
        os.remove(self.path("admin.json"))
        self.assert_nobody(self.millrace("auth-check", "--json"))
        self.announce(port=1)  # nobody may listen there
        self.assert_nobody(self.millrace("auth-check"))
        self.announce(port=port, token="of an earlier run")
        status, out, err = self.millrace("auth-check")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("admin.json of an earlier run", err)

    def assert_nobody(self, ran):
        status, out, err = ran
        self.assertEqual((status, out), (1, ""))
        self.assertIn("No Millrace is running here", err)
        self.assertIn("millrace serve", err)

    # ---- exit statuses

    def test_wrong_use_is_2(self):
        for arguments in (["product-list", "--bogus"], ["product-list", "surplus"], ["credentials"], ["credentials", "show"], ["audit"], ["no-such-command"],
                          ["product-list", "--server=ftp://x"], ["product-list", "--strict"], ["credentials", "create", "bot", "--ttl-days=soon"]):
            self.assertEqual(self.millrace(*arguments)[0], 2, arguments)
        self.assertEqual(self.millrace("product-list", config=False, env={"MILLRACE_CONFIG": self.path("none.toml")})[0], 2)
        self.assertEqual(self.admin.requests, [])

    def test_help_is_0_and_asks_nobody(self):
        for arguments in ([], ["product-list"], ["credentials"], ["credentials", "rotate"]):
            status, out, _ = self.millrace(*arguments, "--help", config=False)
            self.assertEqual(status, 0)
            self.assertIn("Usage", out)
        self.assertIn("no personal data and no secrets", self.millrace("order-list", "--help", config=False)[1])
        self.assertEqual(self.admin.requests, [])

    def test_strict_makes_warnings_fail(self):
        self.admin.answers["/agents/v1/diagnostics/bundle"] = (200, {"checks": {"auth": {"errors": [], "warnings": ["w"], "details": {}, "generatedAt": "t"}}})
        self.assertEqual(self.millrace("auth-check")[0], 0)
        self.assertEqual([self.millrace("auth-check", spelling)[0] for spelling in ("--strict", "--strict=1", "--strict=0")], [1, 1, 0])

    # ---- streams

    def test_a_new_token_is_alone_on_standard_output(self):
        self.admin.answers["/admin/v1/credentials"] = REVEALED
        status, out, err = self.millrace("credentials", "create", "bot", "--scopes", "health:read,auth:read")
        self.assertEqual((status, out), (0, "bot-secret\n"))
        self.assertIn("once", err)
        self.assertNotIn("bot-secret", err)
        self.assertEqual(self.admin.requests[0][3], {"handle": "bot", "scopes": ["health:read", "auth:read"]})

    def test_output_that_is_lost_is_no_success(self):
        self.admin.answers["/admin/v1/credentials"] = REVEALED
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([MILLRACE, "credentials", "create", "bot", "--config", self.config], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not be written", done.stderr)

    def test_a_token_of_ones_own_may_come_by_standard_input(self):
        self.admin.answers["/admin/v1/credentials"] = REVEALED
        self.millrace("credentials", "create", "bot", "--token-file=-", stdin="my-own-token-0123456789\n")
        self.assertEqual(self.admin.requests[0][3], {"handle": "bot", "token": "my-own-token-0123456789"})


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "--millrace":
        sys.exit("usage: command_line_check.py --millrace PATH")
    MILLRACE = os.path.abspath(sys.argv[2])
    del sys.argv[1:3]
    unittest.main()
