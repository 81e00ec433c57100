"""A MariaDB server of its own: temporary data directory, free port, binary log in row format."""

import getpass
import gzip
import os
import shutil
import socket
import subprocess
import sys

from blackbox.waiting import wait_until

USER = "millrace"
PASSWORD = "black-box-only"
GRANTS = f"""
CREATE USER IF NOT EXISTS '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';
GRANT SELECT, REPLICATION SLAVE, BINLOG MONITOR, REPLICATION SLAVE ADMIN ON *.* TO '{USER}'@'%';
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path:
        sys.exit(f"{name} is missing: install Debian's mariadb-server and mariadb-client")
    return path


class MariadbServer:
    """Started by the constructor, ended by stop(). Files live below `directory`."""

    kind = "mariadb"

    def __init__(self, directory):
        self.directory = directory
        self.data = os.path.join(directory, "data")
        # A socket path is limited to 107 bytes, so its name stays short.
        self.socket = os.path.join(directory, "s")
        self.port = free_port()
        self.process = None
        # Of its own: a server that starts deletes the temporary tables it finds in its tmpdir, also those of another running server.
        self.tmpdir = os.path.join(directory, "tmp")
        os.makedirs(self.tmpdir, exist_ok=True)
        self._install()
        self.start()
        self.sql(GRANTS)

    def _install(self):
        subprocess.run(
            [find_program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.tmpdir}",
             f"--user={getpass.getuser()}", "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _command(self):
        return [
            find_program("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.tmpdir}", f"--socket={self.socket}",
            f"--port={self.port}", f"--user={getpass.getuser()}", "--bind-address=127.0.0.1", f"--pid-file={self.directory}/pid", "--server-id=1",
            "--log-bin=binlog", "--binlog-format=ROW", "--binlog-row-image=FULL", "--binlog-row-metadata=FULL",
            "--binlog-annotate-row-events=ON", "--character-set-server=utf8mb4", "--default-time-zone=+00:00",
            # The server is never killed here, so its own durability may rest.
            "--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--innodb-buffer-pool-size=128M", "--max-allowed-packet=64M"]

    def start(self):
        log = open(os.path.join(self.directory, "mariadbd.log"), "ab")
        self.process = subprocess.Popen(self._command(), stdout=log, stderr=log)
        log.close()
        wait_until(self._answers, "mariadbd to accept connections", seconds=60, every=0.1)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"mariadbd ended with {self.process.returncode}; see {self.directory}/mariadbd.log")
        return subprocess.run(self.client() + ["-e", "SELECT 1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def client(self, database=None):
        """The command line client, as root."""
        command = [find_program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--batch", "--raw",
                   "--skip-column-names", "--default-character-set=utf8mb4", "--max-allowed-packet=64M", "--binary-mode"]
        return command + ([database] if database else [])

    def sql(self, text, database=None):
        """Runs statements; the rows of all results as lists of texts. RuntimeError: the server refused."""
        done = subprocess.run(self.client(database), input=text.encode(), capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode().strip())
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    def restore(self, dump, database):
        """Makes `database` afresh from a gzipped dump."""
        self.sql(f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4")
        with gzip.open(dump, "rb") as packed:
            self._pipe(packed, self.client(database))

    def replay_binlog(self, files, start=None, stop=None):
        """Applies recorded binary logs (plain files, in order) with their own commit times; `start`, `stop`: UTC, stop excluded."""
        command = [find_program("mariadb-binlog"), "--no-defaults"]
        command += [f"--start-datetime={start}"] if start else []
        command += [f"--stop-datetime={stop}"] if stop else []
        reader = subprocess.Popen(command + list(files), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env={**os.environ, "TZ": "UTC"})
        with reader.stdout:
            self._pipe(reader.stdout, self.client())
        problem = reader.stderr.read().decode()
        reader.stderr.close()
        if reader.wait() != 0:
            raise RuntimeError(f"mariadb-binlog: {problem.strip()}")

    @staticmethod
    def _pipe(source, command):
        target = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            shutil.copyfileobj(source, target.stdin, 1 << 20)
            target.stdin.close()
        except BrokenPipeError:
            pass  # the client says why on stderr
        problem = target.stderr.read().decode()
        target.stderr.close()
        if target.wait() != 0:
            raise RuntimeError(problem.strip())

    def log_end(self):
        """Where the server's own binary log ends: its GTIDs."""
        return self.sql("SELECT @@gtid_binlog_pos")[0][0]

    def create(self, database):
        self.sql(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")

    def load_sample(self, schema, database):
        """The sample site's tables."""
        self.sql(schema, database)

    def session(self, database):
        """The command line client for statements of the sample site, one after the other, and what it is told first."""
        return self.client(database) + ["--unbuffered"], "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES');"

    def source_settings(self, database, server_id):
        """What [source.mariadb] of a configuration needs to read this server."""
        return {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD, "database": database,
                "table_prefix": "", "server_id": server_id, "tls": "off"}

    def source(self, database, server_id):
        """[source] of a configuration."""
        return {"kind": self.kind, self.kind: self.source_settings(database, server_id)}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
