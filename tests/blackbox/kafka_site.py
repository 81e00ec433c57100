"""A MariaDB of its own whose changes a stand-in for Debezium writes into a Kafka broker of its own."""

import os
import subprocess
import threading

from blackbox.mariadb_server import PASSWORD, USER, MariadbServer
from blackbox.waiting import wait_until

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, os.pardir, "app", "demo", "sample_schema.sql")


class Absent(Exception):
    """Why there is no broker here."""


class KafkaSite:
    """Statements go to the database, readers to the broker. Started by the constructor, ended by stop(). Files live below `directory`."""

    kind = "kafka"

    def __init__(self, directory, bridge):
        self.bridge = bridge  # the program debezium_site
        self.process = None
        self.brokers = None
        self.published_to = ""  # the newest line: what of the database is in the topics
        self.answer = ""
        if reason := self._reason_of_absence():
            raise Absent(reason)
        self.database = MariadbServer(directory)
        self.create, self.load_sample, self.session = self.database.create, self.database.load_sample, self.database.session

    @staticmethod
    def _reason_of_absence():
        fetch = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "kafka", "fetch_kafka.sh")
        done = subprocess.run([fetch], capture_output=True, text=True)
        return (done.stdout + done.stderr).strip() if done.returncode else ""

    def _publish(self, name):
        """Starts the bridge of one database, whose rows are there by now."""
        self.process = subprocess.Popen([self.bridge, str(self.database.port), USER, PASSWORD, name, "shop"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._listen, daemon=True).start()
        wait_until(lambda: self._check() or self.brokers, "the bridge to publish the first rows", seconds=180)

    def _listen(self):
        for line in self.process.stdout:
            word, _, rest = line.strip().partition(" ")
            if word == "brokers":
                self.brokers = rest
            elif word == "at":
                self.published_to = rest
            else:
                self.answer = line.strip()

    def _check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the bridge ended with {self.process.returncode}: {self.answer}")

    def source(self, database, number):
        """[source] of a configuration; `number` is not needed: readers of topics do not disturb each other."""
        del number
        if self.process is None:
            self._publish(database)
        return {"kind": self.kind, "debezium": {"schema_file": os.path.abspath(SCHEMA), "database": "mariadb"},
                "kafka": {"brokers": self.brokers, "topics": f"shop.{database}.{{table}}", "transaction_topic": "shop.transaction"}}

    def log_end(self):
        """What the topics hold once everything committed is in them: "kafka TOPIC=RECORDS …"."""
        end = self.database.log_end()
        wait_until(lambda: self._check() or self.published_to.split(" ")[0] == end, f"the bridge to publish {end}", seconds=60)
        return "kafka " + self.published_to.partition(" ")[2]

    def stop(self):
        if self.process is not None:
            self.process.stdin.close()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.database.stop()


def has_taken(position, log_end):
    """True where a reader at `position` (as /health tells it) has every record of `log_end` in the topics it reads."""
    taken = {}
    for part in position.split(";")[1:]:
        topic, _, offsets = part.partition(":")
        taken[topic] = sum(int(one.split("=")[1]) for one in offsets.split(","))
    wanted = dict(one.split("=") for one in log_end.split(" ")[1:])
    read = taken.keys() & wanted.keys()
    return bool(read) and all(taken[topic] == int(wanted[topic]) for topic in read)
