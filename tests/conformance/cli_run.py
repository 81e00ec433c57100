"""The recorded operator command line against ours, run beside a server over T1 (governance contract section 8)."""

import os
import subprocess

import cli_judge
from fresh_start import ask_what_is_served
from recording import instants
from report import NOT_YET, Verdict

# Of commands that need more than a list: the path that must be served.
NEEDS = {
    "auth-check": "/diagnostics/bundle", "readiness-check": "/diagnostics/bundle", "smoke": "/diagnostics/bundle", "diagnostics-bundle": "/diagnostics/bundle",
    "reliability-check": "/metrics", "lifecycle-report": "/lifecycle", "template-catalog": "/templates", "starter-packs": "/starter-packs",
    "product-list": "/products", "order-list": "/orders", "order-show": "/orders/show", "entry-list": "/entries", "entry-show": "/entries/show",
    "section-list": "/sections",
}
OPERATOR = {"id": "operator", "label": "operator", "token": "tok-operator-0123456789"}


class CliRun:
    """`recording.commands`, each as a process of its own; the server's administration listener is used where there is one."""

    def __init__(self, recording, millrace, source, report):
        self.recording = recording
        self.millrace = millrace
        self.source = source
        self.report = report

    def run(self):
        scopes = self.recording.t1.credentials()["full"]["scopes"]
        operator = {**OPERATOR, "scopes": sorted({*scopes, "entries:read_all_statuses"})}  # what an operator sees: everything but what is sensitive
        self.millrace.settings["credentials"] = self.millrace.settings["credentials"] + [operator]
        self.millrace.start(min(instants(self.recording.commands)))
        self.report.note(f"serving after {self.millrace.wait_until_serving():.1f} s")
        served = ask_what_is_served(self.millrace, self.millrace.token).paths
        for one in self.recording.commands:
            name = one["command"][0].removeprefix("agents/")
            path = NEEDS[name]
            verdict = self._judge(one, name) if path in served else Verdict(NOT_YET, (f"{path}, which `{name}` asks",))
            self.report.add(f"millrace {name}", " ".join([name, *one["command"][1:]]), verdict)

    def _where(self):
        """How the command finds the server: over its storage directory, or by address and token where it has no administration listener."""
        if os.path.exists(os.path.join(self.millrace.directory, "store", "admin.json")):
            return ["--config", os.path.join(self.millrace.directory, "millrace.toml")]
        return ["--server", f"http://127.0.0.1:{self.millrace.port}"]

    def _judge(self, recorded, name):
        command = [self.millrace.program, name, *recorded["command"][1:], *self._where()]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                              env={**os.environ, "MILLRACE_OPERATOR_TOKEN": OPERATOR["token"]})
        ours = {"exit": done.returncode, "stdout": done.stdout.decode(), "stderr": done.stderr.decode()}
        return Verdict.of(cli_judge.problems(name, recorded, ours, self.report))
