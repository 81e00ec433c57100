"""`millrace serve` as a process, and the configuration it reads."""

import json
import os
import signal
import subprocess
import time

from blackbox import kafka_site
from blackbox.http_client import bearer, request
from blackbox.waiting import TimedOut, wait_until


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml_value(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def toml(settings, path=""):
    """A nested dict as TOML text: plain values first, then tables; a list of dicts is a list of tables."""
    def is_table(value):
        return isinstance(value, dict)

    def is_tables(value):
        return isinstance(value, list) and bool(value) and all(isinstance(inner, dict) for inner in value)

    lines = [f"{key} = {toml_value(value)}" for key, value in settings.items() if not is_table(value) and not is_tables(value)]
    for key, value in settings.items():
        name = f"{path}.{key}" if path else key
        if is_table(value):
            lines += ["", f"[{name}]", toml(value, name)]
        elif is_tables(value):
            for inner in value:
                lines += ["", f"[[{name}]]"] + [f"{k} = {toml_value(v)}" for k, v in inner.items()]
    return "\n".join(lines)


class MillraceProcess:
    """One configuration and the process that serves it; may be started, stopped and killed any number of times.

    `settings` is the configuration as nested dicts; listen address, port file and storage directory are set here.
    """

    def __init__(self, program, directory, settings, token):
        self.program = program
        self.directory = directory
        self.settings = settings
        self.token = token  # of a credential that may read /health and /changes
        self.process = None
        self.port = None
        self.started_at = None
        self.log_start = 0  # where the log of the running process begins in its file
        os.makedirs(directory, exist_ok=True)

    @property
    def log_file(self):
        return os.path.join(self.directory, "millrace.log")

    def _write_configuration(self):
        server = {"listen": "127.0.0.1:0", "port_file": os.path.join(self.directory, "port"), "profile": "test", "threads": 2}
        whole = {**self.settings, "server": {**server, **self.settings.get("server", {})},
                 "storage": {"directory": os.path.join(self.directory, "store")}}
        path = os.path.join(self.directory, "millrace.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(toml(whole) + "\n")
        return path

    def start(self, clock_start=None):
        """Starts the process; does not wait for it."""
        port_file = os.path.join(self.directory, "port")
        if os.path.exists(port_file):
            os.remove(port_file)
        self.port = None
        command = [self.program, "serve", "--config", self._write_configuration()]
        command += ["--clock-start", clock_start] if clock_start else []
        with open(self.log_file, "ab") as log:
            self.log_start = log.tell()
            self.started_at = time.monotonic()
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def check_alive(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"millrace ended by itself with {self.process.returncode}:\n{self.log_tail()}")

    def log_tail(self, lines=15):
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-lines:])

    def streaming(self):
        """True once the process has said that it follows the source."""
        self.check_alive()
        with open(self.log_file, "rb") as log:
            log.seek(self.log_start)
            return b"event=streaming" in log.read()

    def listening(self):
        """True once the process has said on which port it listens."""
        self.check_alive()
        if self.port is None:
            try:
                with open(os.path.join(self.directory, "port"), encoding="ascii") as file:
                    self.port = int(file.read().strip() or 0) or None
            except FileNotFoundError:
                pass
        return self.port is not None

    def get(self, target):
        """One GET with the process's token; None where nobody answers."""
        try:
            return request(self.port, "GET", target, bearer(self.token), seconds=10)
        except OSError:
            return None

    def operate(self, method, target, body=None):
        """One request to the operators' listener; its data. Raises RuntimeError with the answer where that is not 200."""
        with open(os.path.join(self.directory, "store", "admin.json"), encoding="utf-8") as file:
            admin = json.load(file)
        answer = request(admin["port"], method, target, {**bearer(admin["token"]), "Content-Type": "application/json"}, body=body, seconds=30)
        if answer.status != 200:
            raise RuntimeError(f"{method} {target}: {answer.status} {answer.body}")
        return answer.body["data"]

    def serving(self):
        """True once /health and /changes both answer 200: the first snapshot is complete."""
        if not self.listening():
            return False
        return all((answer := self.get(path)) is not None and answer.status == 200
                   for path in ("/agents/v1/health", "/agents/v1/changes?limit=1"))

    def wait_until_serving(self, seconds=60.0, every=0.02):
        """Waits for serving(); the seconds since start()."""
        wait_until(self.serving, "the feed to be served", seconds, every)
        return time.monotonic() - self.started_at

    def health(self):
        answer = self.get("/agents/v1/health")
        return answer.body if answer is not None and answer.status == 200 else {}

    def has_read(self, log_end):
        """True where the source is stored up to `log_end` (a server's log_end()), as /health tells its position."""
        position = self.health().get("feed", {}).get("sourcePosition") or ""
        if position.startswith("kafka;"):
            return kafka_site.has_taken(position, log_end)
        fields = dict(field.split("=", 1) for field in position.split(";") if "=" in field)
        if "lsn" in fields:  # idle, a slot may well stand behind the last transaction
            return wal_place(fields["lsn"]) >= wal_place(log_end)
        return fields.get("gtid") == log_end

    def wait_until_read(self, log_end, seconds=60.0):
        """Waits until everything up to `log_end` of the source is stored."""
        try:
            wait_until(lambda: self.check_alive() or self.has_read(log_end), f"source position {log_end}", seconds, every=0.05)
        except TimedOut as late:
            raise TimedOut(f"{late}; /health says {self.health().get('feed')}") from None

    def stop(self):
        """SIGTERM and a graceful end; RuntimeError where the process does not end or ends badly."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("millrace did not stop within 30 s of SIGTERM") from None
        if code != 0:
            raise RuntimeError(f"millrace stopped with {code}:\n{self.log_tail()}")

    def kill(self):
        """SIGKILL."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def wal_place(text):
    """"1/BB06B68" as a number."""
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)
