"""The recorded truth as values: exchanges, chains of pages, credentials, instants, base URL."""

import gzip
import json
import os
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from itertools import groupby
from urllib.parse import parse_qsl, urlsplit

BASE_PATH = "/agents/v1"
PAGE_NAME = re.compile(r"^(.*) page (\d+)$")

# `types` value and the resourceType of its items, in the canonical order (contract 12.1).
TYPES = {
    "products": "product", "variants": "variant", "subscriptions": "subscription", "transfers": "transfer",
    "donations": "donation", "orders": "order", "entries": "entry", "assets": "asset", "categories": "category", "tags": "tag",
    "globalsets": "globalset", "addresses": "address", "contentblocks": "contentblock", "users": "user",
}


def read_lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@dataclass(frozen=True)
class Exchange:
    """One recorded request with its recorded answer."""

    name: str
    method: str
    target: str
    token: str
    headers: dict
    body: object
    status: int
    answer_headers: dict
    answer: object

    @property
    def path(self):
        """The path below the base path, without the query."""
        return urlsplit(self.target).path.removeprefix(BASE_PATH)

    @property
    def parameters(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def instant(self):
        return parsedate_to_datetime(self.answer_headers["date"]).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def rows(self):
        """The rows of a list answer; None where it is none."""
        data = self.answer.get("data") if isinstance(self.answer, dict) else None
        return data if isinstance(data, list) else None

    def __str__(self):
        return f"{self.method} {self.target.removeprefix(BASE_PATH)[:90]} ({self.name}; {self.token})"


def presented_token(headers, target):
    """The token value a request presents, whatever the transport; None where it presents none."""
    query = dict(parse_qsl(urlsplit(target).query))
    return headers.get("Authorization", "").removeprefix("Bearer ") or headers.get("X-Agents-Token") or query.get("apiToken")


def exchange(row):
    asked, answered = row["request"], row["response"]
    token = asked.get("token") or presented_token(asked["headers"], asked["target"]) or "none"
    return Exchange(row["name"], asked["method"], asked["target"], token, asked["headers"], asked["body"],
                    answered["status"], answered["headers"], answered["body"])


def chain_key(numbered):
    """Pages of one chain are neighbours with the same stem; every other exchange stands alone."""
    number, one = numbered
    match = PAGE_NAME.match(one.name)
    return (match.group(1), one.token, urlsplit(one.target).path) if match else number


class State:
    """What one file of API exchanges recorded, in order."""

    def __init__(self, exchanges):
        self.exchanges = exchanges

    @staticmethod
    def read(path):
        return State([exchange(row) for row in read_lines(path)])

    @property
    def clock_start(self):
        return self.exchanges[0].instant

    def chains(self):
        """Exchanges grouped: the pages of one window together, everything else alone."""
        return [[one for _, one in group] for _, group in groupby(enumerate(self.exchanges), chain_key)]

    @cached_property
    def feed(self):
        """Every item of the whole recorded feed, in order: the longest chain of /changes that asks for all types."""
        chains = [chain for chain in self.chains() if chain[0].path == "/changes" and chain[0].status == 200]
        whole = [chain for chain in chains if not {"types", "fields", "filter"} & chain[0].parameters.keys()]
        return max(([item for page in chain for item in page.answer["data"]] for chain in whole), key=len)

    def credentials(self):
        """Id, token value and granted scopes of every credential that asked /auth/whoami and was known."""
        found = {}
        for one in self.exchanges:
            if one.path == "/auth/whoami" and one.status == 200:
                token = one.headers["Authorization"].removeprefix("Bearer ")
                found[one.token] = {"id": one.answer["principal"]["credentialId"], "label": one.answer["principal"]["credentialId"],
                                    "token": token, "scopes": one.answer["authorization"]["grantedScopes"]}
        return found


def required_scopes(state):
    """(method, path) -> the scopes of which a caller needs one, as the recorded descriptor says."""
    described = next(one.answer for one in state.exchanges if one.path == "/capabilities" and one.status == 200)
    return {(one["method"], one["path"]): one["requiredScopes"] for one in described["endpoints"]}


class Recording:
    """A folder laid out like fixtures/craft/mariadb."""

    def __init__(self, directory):
        self.directory = directory
        self.t0 = State.read(self.file("api-t0.jsonl.gz"))
        self.t1 = State.read(self.file("api-t1.jsonl.gz"))

    @cached_property
    def settings(self):
        """What was recorded under other settings: one State per running system, in order. Each answered under its own address."""
        whole = State.read(self.file("api-settings.jsonl.gz")).exchanges
        return [State(list(group)) for _, group in groupby(whole, lambda one: one.answer_headers["host"])]

    @cached_property
    def extra(self):
        return State.read(self.file("api-extra.jsonl.gz"))

    @cached_property
    def commands(self):
        """The recorded command line: command, exit, stdout, stderr."""
        return read_lines(self.file("cli.jsonl.gz"))

    @property
    def kind(self):
        """The database that was recorded: a binary log is MariaDB's."""
        return "mariadb" if os.path.isdir(self.file("binlog")) else "postgres"

    def file(self, name):
        return os.path.join(self.directory, name)

    def has(self, name):
        """Whether the optional exchanges, or command line, of this name were recorded."""
        return any(os.path.exists(self.file(file)) for file in (f"api-{name}.jsonl.gz", f"{name}.jsonl.gz"))

    def state(self, name):
        return {"t0": self.t0, "t1": self.t1}[name]

    @cached_property
    def managed_credentials(self):
        """The scenario's managed credentials as configured ones: what they were granted is what they were not refused."""
        scopes, found = required_scopes(self.t1), {}
        for one in [asked for state in self.settings for asked in state.exchanges] + self.extra.exchanges:
            value = presented_token(one.headers, one.target)
            handle = next((name for name in self.interests if value and value.startswith(f"tok-{name.split('-')[0]}")), None)
            if handle and one.status not in (401, 403):
                found.setdefault(handle, {"id": handle, "token": value, "scopes": set()})["scopes"].update(scopes[(one.method, one.path)][:1])
        return [{**one, "scopes": sorted(one["scopes"])} for one in found.values()]

    def dump(self, name):
        return self.file(f"{name}.sql.gz")

    @cached_property
    def webhooks(self):
        """Every recorded webhook request, in order of arrival; `payload` is its parsed body."""
        return [{**row, "payload": json.loads(row["body"])} for row in read_lines(self.file("webhooks.jsonl.gz"))]

    @cached_property
    def base_url(self):
        """Derived from an item that shows both a uri and a url."""
        for item in self.t0.feed:
            snapshot = item["snapshot"] or {}
            if item["resourceType"] == "entry" and snapshot.get("uri") and snapshot.get("url", "").endswith(snapshot["uri"]):
                return snapshot["url"].removesuffix(snapshot["uri"])
        raise ValueError("no recorded entry has a url")

    def unpack_binlogs(self, directory):
        """The recorded binary logs as plain files, in order."""
        files = []
        for name in sorted(os.listdir(self.file("binlog"))):
            target = os.path.join(directory, name.removesuffix(".gz"))
            with gzip.open(os.path.join(self.file("binlog"), name), "rb") as packed, open(target, "wb") as plain:
                plain.write(packed.read())
            files.append(target)
        return files

    @cached_property
    def interests_from(self):
        """When managed credentials with interests appeared: steps.md's heading, RFC 3339."""
        return self._heading("targeted")

    @cached_property
    def failing_from(self):
        """When the receiver began to answer with errors."""
        return self._heading("failing")

    @cached_property
    def receiver_fails(self):
        """False where steps.md says that the receiver answered 200 in that part, too."""
        with open(self.file("steps.md"), encoding="utf-8") as steps:
            return not any(line.startswith("## failing") and "answered 200" in line for line in steps)

    @cached_property
    def address(self):
        """Where the recorded system answered."""
        return "http://" + self.t0.exchanges[0].answer_headers["host"]

    @cached_property
    def bulk_from(self):
        """When SQL was written past the CMS; the receiver answers normally again."""
        return self._heading("bulk SQL")

    def _heading(self, start):
        with open(self.file("steps.md"), encoding="utf-8") as steps:
            for line in steps:
                if line.startswith(f"## {start}"):
                    return re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line).group(0)
        raise ValueError(f"steps.md has no part {start!r}")

    @cached_property
    def interests(self):
        """Managed credentials of the scenario as steps.md lists them: handle -> interests (None: no interests)."""
        with open(self.file("steps.md"), encoding="utf-8") as steps:
            line = next(line for line in steps if line.startswith("- managed credentials"))
        return {handle: parse_interests(text) for handle, text in re.findall(r"([a-z-]+) \(([^)]*)\)", line)}


def instants(commands):
    """When recorded commands say that they were answered."""
    return [instant for one in commands for instant in re.findall(r'"generatedAt": "([^"]+)"', one["stdout"])]


def parse_interests(text):
    """"product; updated, deleted" -> types and actions; "all actions" -> no limit on actions."""
    if text.startswith("no interests"):
        return None
    types, actions = (part.strip() for part in text.split(";"))
    return {"types": types.split(", "), "actions": [] if actions.startswith("all") else actions.split(", ")}
