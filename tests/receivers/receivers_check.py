#!/usr/bin/env python3
"""Published receiver libraries and `millrace verify` judge what Millrace signs. See README.md."""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

OPTIONS = None  # set by main()
HERE = os.path.dirname(os.path.abspath(__file__))
AN_HOUR = 3600


def signed(at):
    done = subprocess.run([OPTIONS.requests, str(at)], capture_output=True, check=True, timeout=60)
    return json.loads(done.stdout)


class Libraries(unittest.TestCase):
    def verdicts(self, at):
        requests = json.dumps(signed(at)).encode()
        done = subprocess.run(["node", os.path.join(HERE, "libraries.mjs"), OPTIONS.packages], input=requests, capture_output=True, check=True, timeout=60)
        return json.loads(done.stdout)

    def test_what_is_signed_now_is_accepted_and_nothing_spoiled_is(self):
        verdicts = self.verdicts(int(time.time()))
        self.assertEqual({one["by"] for one in verdicts}, {"standardwebhooks", "svix", "ed25519"})
        self.assertEqual({one["spoiled"] for one in verdicts}, {None, "body", "id", "timestamp", "signature", "secret"})
        self.assertEqual([one for one in verdicts if one["accepted"] != (one["spoiled"] is None)], [])

    def test_an_hour_ago_is_refused(self):
        verdicts = [one for one in self.verdicts(int(time.time()) - AN_HOUR) if one["by"] != "ed25519"]  # bare cryptography knows no time
        self.assertGreater(len(verdicts), 0)
        self.assertEqual([one for one in verdicts if one["accepted"]], [])


class Verify(unittest.TestCase):
    AT = 1772619072

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="mrv-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.requests = {one["name"]: one for one in signed(self.AT)}

    def write(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def bytes_of(self, request, headers=(), end="\r\n"):
        lines = ["POST /hook HTTP/1.1", "Host: receiver.test", f"Content-Length: {len(request['body'].encode())}"]
        lines += [f"{name}: {value}" for name, value in [*request["headers"].items(), *headers]]
        return (end.join([*lines, "", ""]) + request["body"]).encode()

    def verify(self, raw, keys, *options, at=AT):
        keys = self.write("keys", "\n".join(keys) + "\n")
        done = subprocess.run([OPTIONS.millrace, "verify", "--secret-file", keys, "--at", str(at), *options], input=raw, capture_output=True, check=False, timeout=60,
                              cwd=self.directory)
        self.assertEqual(bool(done.stdout), done.returncode in (0, 3), done)
        return done.returncode, (done.stdout + done.stderr).decode()

    def test_each_key_verifies_each_form_in_both_line_ends(self):
        for request in self.requests.values():
            for key in request["secrets"][:1] + request["publicKeys"]:
                for end in ("\r\n", "\n"):
                    form = [] if key.startswith("whsec_") else ["--form", "standard"]
                    self.assertEqual(self.verify(self.bytes_of(request, end=end), [key], *form), (0, "verified\n"), (request["name"], key[:6]))

    def test_the_second_live_secret_verifies_the_standard_headers(self):
        request = self.requests["a secret replaces another"]
        self.assertEqual(self.verify(self.bytes_of(request), [request["secrets"][1]])[0], 0)
        both = self.requests["contract with both headers"]
        self.assertEqual(self.verify(self.bytes_of(both), [both["secrets"][1]], "--form", "standard")[0], 0)
        self.assertEqual(self.verify(self.bytes_of(both), [both["secrets"][1]], "--form", "contract")[0], 1)

    def test_openssl_agrees_on_v1a(self):
        request = self.requests["keys only"]
        for whpk, signature in zip(request["publicKeys"], request["headers"]["webhook-signature"].split(" ")):
            der = bytes.fromhex("302a300506032b6570032100") + base64.b64decode(whpk.removeprefix("whpk_"))
            public = self.write("public.der", der)
            message = self.write("message", f"{request['headers']['webhook-id']}.{self.AT}.{request['body']}")
            mac = self.write("signature", base64.b64decode(signature.removeprefix("v1a,")))
            done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", public, "-rawin", "-in", message, "-sigfile", mac],
                                  capture_output=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done)

    def test_the_public_key_of_a_signing_key_is_told(self):
        # RFC 8032 section 7.1, test 2, with and without its public half.
        seed, public = (bytes.fromhex(text) for text in ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
        for private in (seed, seed + public):
            file = self.write("whsk", "whsk_" + base64.b64encode(private).decode() + "\n")
            done = subprocess.run([OPTIONS.millrace, "public-key", "--signing-key-file", file], capture_output=True, check=False, timeout=60)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, "whpk_" + base64.b64encode(public).decode() + "\n"))
        done = subprocess.run([OPTIONS.millrace, "public-key", "--signing-key-file", self.write("whsk", "whsk_AAAA")], capture_output=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (2, b""))

    def test_refusals_name_their_reason(self):
        request = self.requests["contract alone"]
        raw, keys = self.bytes_of(request), request["secrets"]
        self.assertIn("too old", self.verify(raw, keys, at=self.AT + 301)[1])
        self.assertEqual(self.verify(raw, keys, at=self.AT + 300)[0], 0)
        self.assertEqual(self.verify(raw, keys, "--max-age", "3600", at=self.AT + 3600)[0], 0)
        self.assertIn("yet to come", self.verify(raw, keys, at=self.AT - 301)[1])
        self.assertIn("no signature fits", self.verify(raw, ["another"])[1])
        self.assertIn("no signature fits", self.verify(raw.replace(b'"entry"', b'"Entry"'), keys)[1])
        self.assertIn("unsigned", self.verify(raw.replace(b"X-Agents-Webhook-Signature", b"X-Other"), keys)[1])
        self.assertIn("unsigned", self.verify(raw, keys, "--form", "standard")[1])
        standard = self.requests["one secret"]
        self.assertIn("none of the keys", self.verify(self.bytes_of(standard), ["plain"])[1])
        for status, _ in (self.verify(raw, ["another"]), self.verify(raw, keys, at=0)):
            self.assertEqual(status, 1)

    def test_what_cannot_be_read_is_told_apart(self):
        request = self.requests["contract alone"]
        raw, keys = self.bytes_of(request), request["secrets"]
        for bad, reason in ((raw + b"\n", "Content-Length"), (raw[:-1], "Content-Length"), (b"", "no empty line"), (b"no header\r\n\r\n{}", "line 1")):
            status, said = self.verify(bad, keys)
            self.assertEqual((status, reason in said), (2, True), said)
        for keys in ([""], ["whpk_short"]):
            self.assertEqual(self.verify(raw, keys)[0], 2)
        done = subprocess.run([OPTIONS.millrace, "verify", "--secret-file", "nowhere"], input=raw, capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 2)

    def test_headers_and_body_may_come_from_files(self):
        request = self.requests["contract alone"]
        headers = self.write("headers", "\n".join(f"{name}: {value}" for name, value in request["headers"].items()))
        body = self.write("body", request["body"])
        self.assertEqual(self.verify(b"", request["secrets"], "--headers", headers, "--body", body)[0], 0)
        self.assertEqual(self.verify(request["body"].encode(), request["secrets"], "--headers", headers, "--body", "-")[0], 0)
        self.assertEqual(self.verify(b"", request["secrets"], "--headers", headers)[0], 2)

    def test_the_sequence_tells_what_is_missing(self):
        request = self.requests["contract alone"]
        raw = self.bytes_of(request, headers=[("X-Agents-Webhook-Sequence", "8")])
        told = {last: self.verify(raw, request["secrets"], "--last-sequence", str(last)) for last in (6, 7, 8)}
        self.assertEqual({last: status for last, (status, _) in told.items()}, {6: 3, 7: 0, 8: 0})
        self.assertIn("between 6 and 8", told[6][1])
        self.assertEqual(self.verify(self.bytes_of(request), request["secrets"], "--last-sequence", "7")[0], 1)


def main():
    global OPTIONS
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", required=True, help="the program signed_requests")
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--packages", required=True, help="where package.json has been installed")
    parser.add_argument("suite", choices=["Libraries", "Verify"])
    OPTIONS = parser.parse_args()
    for name in ("requests", "millrace", "packages"):  # the tests run elsewhere
        setattr(OPTIONS, name, os.path.abspath(getattr(OPTIONS, name)))
    if OPTIONS.suite == "Libraries" and not shutil.which("node"):
        return print("skipped: no node, so the published receiver libraries were not asked")
    if OPTIONS.suite == "Libraries" and not os.path.isdir(os.path.join(OPTIONS.packages, "node_modules")):
        return print("skipped: the receiver libraries are not installed; ./dev test does it where npm is")
    unittest.main(argv=[sys.argv[0], OPTIONS.suite], verbosity=1)


if __name__ == "__main__":
    main()
