"""A PostgreSQL server of its own: temporary cluster, free port, logical WAL."""

import glob
import gzip
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys

from blackbox import sample_dialect
from blackbox.mariadb_server import free_port
from blackbox.waiting import wait_until

USER = "millrace"
PASSWORD = "black-box-only"
SYSTEM_USER = "postgres"  # the server refuses to run as root


def find_program(name):
    """Debian keeps the server's programs by version, off the PATH; the newest is taken."""
    versions = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"), key=lambda path: int(path.split("/")[4]))
    path = versions[-1] if versions else shutil.which(name)
    if not path:
        sys.exit(f"{name} is missing: install Debian's postgresql")
    return path


class PostgresServer:
    """Started by the constructor, ended by stop(). Files live below `directory`; every user of the machine may look into it, but not into the cluster."""

    kind = "postgres"

    def __init__(self, directory, clock=None):
        self.directory = directory
        self.environment = {**os.environ, **(clock.environment if clock else {})}
        self.data = os.path.join(directory, "data")
        self.socket = directory  # its path is limited to 107 bytes, so the directory's name stays short
        self.port = free_port()
        self.process = None
        os.makedirs(directory, exist_ok=True)
        if os.geteuid() == 0:
            os.chmod(os.path.dirname(directory), 0o755)
            shutil.chown(directory, SYSTEM_USER)
        self._install()
        self.start()
        # The owner of the tables: publications need that.
        self.sql(f"CREATE ROLE {USER} LOGIN REPLICATION PASSWORD '{PASSWORD}'")

    def _as_server_user(self):
        if os.geteuid() != 0:
            return {}
        user = pwd.getpwnam(SYSTEM_USER)
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def _install(self):
        subprocess.run([find_program("initdb"), "-D", self.data, "-U", "admin", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust",
                        "--auth-host=scram-sha-256", "--no-sync"],
                       check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._as_server_user())

    def _command(self):
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.socket, "wal_level": "logical",
            "max_replication_slots": 100, "max_wal_senders": 20, "timezone": "UTC", "password_encryption": "scram-sha-256",
            # The server is never killed here, so its own durability may rest.
            "fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}
        return [find_program("postgres"), "-D", self.data, *(f"-c{name}={value}" for name, value in settings.items())]

    def start(self):
        with open(os.path.join(self.directory, "postgres.log"), "ab") as log:
            self.process = subprocess.Popen(self._command(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment, **self._as_server_user())
        wait_until(self._answers, "postgres to accept connections", seconds=60, every=0.1)

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"postgres ended with {self.process.returncode}; see {self.directory}/postgres.log")
        return subprocess.run(self.client() + ["-c", "SELECT 1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def client(self, database=None):
        """The command line client, as administrator."""
        return [find_program("psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-P", "null=NULL", "-h", self.socket, "-p", str(self.port),
                "-U", "admin", "-d", database or "postgres"]

    def sql(self, text, database=None):
        """Runs statements; the rows of all results as lists of texts. RuntimeError: the server refused."""
        done = subprocess.run(self.client(database), input=text.encode(), capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode().strip())
        return [line.split("\t") for line in done.stdout.decode().splitlines()]

    def create(self, database):
        """An empty database whose tables will be the reading user's own."""
        self.drop(database)
        self.sql(f"CREATE DATABASE {database} OWNER {USER}")

    def load_sample(self, schema, database):
        """The sample site's tables, and what makes its statements run here as they do in MariaDB."""
        self.sql(sample_dialect.PRELUDE + sample_dialect.translated(schema), database)
        self.own_tables(database)

    def session(self, database):
        """The command line client for statements of the sample site, one after the other."""
        return self.client(database), sample_dialect.SESSION

    def drop(self, database):
        """With the slots that keep it."""
        self.sql(f"SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE database = '{database}' AND active_pid IS NOT NULL")
        self.sql(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '{database}'")
        self.sql(f"DROP DATABASE IF EXISTS {database}")

    def restore(self, dump, database):
        """Makes `database` afresh from a gzipped dump; its tables without primary key become fit to be replicated."""
        self.create(database)
        with gzip.open(dump, "rt", encoding="utf-8") as packed:
            self.sql(without_meta_commands(packed.read()), database)
        self.own_tables(database)

    def own_tables(self, database):
        self.sql(f"""DO $$ DECLARE t record; BEGIN
              FOR t IN SELECT c.oid::regclass AS name, EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary) AS keyed
                         FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace LOOP
                EXECUTE format('ALTER TABLE %s OWNER TO {USER}', t.name);
                IF NOT t.keyed THEN EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', t.name); END IF;
              END LOOP; END $$""", database)

    def replay(self, transactions, database):
        """Runs recorded transactions as they are, without triggers and foreign keys: what those did is recorded, too."""
        self.sql("SET session_replication_role = replica;\n" + "".join(transactions), database)

    def log_end(self):
        """Where the server's WAL ends."""
        return self.sql("SELECT pg_current_wal_flush_lsn()")[0][0]

    def source_settings(self, database, number):
        """What [source.postgres] of a configuration needs to read this server."""
        return {"host": "127.0.0.1", "port": self.port, "user": USER, "password": PASSWORD, "database": database, "slot": f"millrace_{number}",
                "publication": "millrace"}

    def source(self, database, number):
        """[source] of a configuration."""
        return {"kind": self.kind, self.kind: self.source_settings(database, number)}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast: connections are ended
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def without_meta_commands(dump):
    """A dump's text without the client's own commands of its newest versions, which older clients do not know."""
    return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)
