"""A fresh start over one restored state: every recorded exchange, and every item of the feed."""

from blackbox.feed_client import drain, read_page
from comparison import MISSING, differences
from control_judge import PATHS as CONTROL_PATHS
from exchange_judge import ExchangeJudge, Served, operations
from operations_run import OPERATIONS_PATHS
from recording import BASE_PATH, TYPES
from report import NOT_YET, Verdict
from target_lists import LISTS

# What must be served at least: a version that forgets one of these fails instead of saying "not yet".
REQUIRED_TYPES = set(TYPES)
REQUIRED_PATHS = {
    "/changes", "/health", "/auth/whoami", "/capabilities", "/openapi.json", "/webhooks/dlq", "/webhooks/dlq/replay",
    "/schema", "/templates", "/starter-packs", "/sections", "/sync-state/lag", "/sync-state/checkpoint", "/consumers/lag", "/consumers/checkpoint",
    *OPERATIONS_PATHS, *CONTROL_PATHS,
    *LISTS, *(f"{path}/show" for path in LISTS if path != "/products"),
}
ROOT_ALIASES = ("/capabilities", "/openapi.json")  # the same answers outside the base path (contract 2.1)
STATEFUL = ("/webhooks/dlq",)  # answers that depend on deliveries, compared in the live run


def ask_what_is_served(millrace, token):
    answer = millrace.get(f"{BASE_PATH}/openapi.json")
    if answer is None or answer.status != 200 or not isinstance(answer.body, dict):
        raise RuntimeError(f"/openapi.json does not say what is served: {answer}")
    filled = [plural for plural in TYPES if read_page(millrace.port, token, types=plural, limit=1)["data"]]
    return Served(operations(answer.body), sorted(REQUIRED_TYPES | set(filled)))


def belongs_to_live_run(exchange):
    depends = exchange.status == 200 and exchange.path.startswith(STATEFUL)
    return depends and not (exchange.method == "GET" and exchange.answer["data"] == [])


class FreshStart:
    """One state ("t0", "t1") against one running process that was started over it."""

    def __init__(self, state, millrace, source, report):
        self.state = state
        self.millrace = millrace
        self.report = report
        scopes = {one["token"]: one["scopes"] for one in state.credentials().values()}
        self.token = state.credentials()["full"]["token"]
        self.served = ask_what_is_served(millrace, self.token)
        self.judge = ExchangeJudge(state, source, self.served, millrace, report, scopes, REQUIRED_PATHS)

    def run(self):
        self._check_floor()
        self._check_root_aliases()
        self._check_resources()
        for chain in self.state.chains():
            if not belongs_to_live_run(chain[0]):
                verdict = self.judge.judge(chain)
                self.report.add(chain[0].path or "/", str(chain[0]), verdict, len(chain))

    def _check_floor(self):
        lacking = sorted(REQUIRED_PATHS - self.served.paths.keys())
        self.report.add("routes that must be served", "the routes in the descriptor", Verdict.of([f"not served: {lacking}"] if lacking else []))

    def _check_root_aliases(self):
        for path in ROOT_ALIASES:
            alias, whole = self.millrace.get(path), self.millrace.get(BASE_PATH + path)
            problems = [] if alias is not None and alias.status == 200 else [f"answered {alias}"]
            problems = problems or differences({**whole.body, "generatedAt": None}, {**alias.body, "generatedAt": None})
            self.report.add("root aliases", path, Verdict.of(problems))

    def _check_resources(self):
        """One line per resource: items of the whole feed, content compared, order left to the chains."""
        expected = self.judge.window.expected(self.state.feed)
        for plural, singular in TYPES.items():
            recorded = {item["resourceId"]: item for item in expected if item["resourceType"] == singular}
            if plural not in self.served.types and recorded:
                self.report.add(plural, plural, Verdict(NOT_YET, (f"resource {plural}",)), len(recorded))
                continue
            ours = {item["resourceId"]: item for item in drain(self.millrace.port, self.token, types=plural).items}
            for key in recorded.keys() | ours.keys():
                found = differences(recorded.get(key, MISSING), ours.get(key, MISSING), f"{singular} {key}")
                self.report.add(plural, f"{singular} {key}", Verdict.of(found))
