"""The exchanges recorded under other settings: one store, one restart per setting, each with the clock of its recording."""

import copy

from blackbox.waiting import wait_until
from exchange_judge import ExchangeJudge
from fresh_start import REQUIRED_PATHS, ask_what_is_served, belongs_to_live_run

# What the names of a group's exchanges begin with -> the settings under which the recorded system ran; None: not set.
SETTINGS = {
    "rate limit": {"security": {"rate_limit_per_minute": 5}},
    "service off": {"server": {"enabled": False}},
    "features off": {"features": {"users_api": False, "addresses_api": False, "governed_writes": False}},
    "query token": {"security": {"allow_query_token": True}},
    "production": {"server": {"profile": "", "environment": "production"}, "security": {"rate_limit_per_minute": None}},
    "no token required": {"security": {"require_token": False}},
    "redact email off": {"security": {"redact_email": False}},
    "managed": {},
}
REAL_CLOCK = {"production"}  # where no clock can be given; last, since clocks go forward
PROBE = "/agents/v1/sync-state/lag"  # counts against no limit of a group that is limited


def setting_of(group):
    return next(name for name in SETTINGS if group.exchanges[0].name.startswith(name))


def changed(settings, change, address):
    """The settings with one group's change, under the address it was recorded at."""
    whole = copy.deepcopy(settings)
    whole["server"]["public_url"] = f"http://{address}"
    for table, values in change.items():
        whole[table] = {key: value for key, value in {**whole[table], **values}.items() if value is not None}
    return whole


class SettingsRun:
    """`recording.settings` against one process over T1 that is restarted for each of them."""

    def __init__(self, recording, millrace, source, report):
        self.recording = recording
        self.millrace = millrace
        self.source = source
        self.report = report
        self.settings = millrace.settings
        self.scopes = {one["token"]: one["scopes"] for one in self.settings["credentials"]}

    def run(self):
        first = self.recording.settings[0]
        self.millrace.start(first.clock_start)
        self.report.note(f"serving after {self.millrace.wait_until_serving():.1f} s")
        served = ask_what_is_served(self.millrace, self.millrace.token)
        before = self._judge(served, {})
        for one in self.recording.t1.exchanges:
            if one.path.endswith("/checkpoint") and one.status == 200 and one.path in served.paths:
                before.sync_state.prepare(one)
        rows = before.sync_state.rows
        for group in sorted(self.recording.settings, key=lambda group: setting_of(group) in REAL_CLOCK):
            self._group(group, served, rows)

    def _judge(self, served, change):
        scopes = {**self.scopes, None: ["*"]} if change.get("security", {}).get("require_token") is False else self.scopes
        redaction = change.get("security", {}).get("redact_email", True)
        return ExchangeJudge(self.recording.t1, self.source, served, self.millrace, self.report, scopes, REQUIRED_PATHS, redaction)

    def _group(self, group, served, rows):
        setting = setting_of(group)
        self.millrace.stop()
        self.millrace.settings = changed(self.settings, SETTINGS[setting], group.exchanges[0].answer_headers["host"])
        self.millrace.start(None if setting in REAL_CLOCK else group.clock_start)
        wait_until(self._answers, f"answers under the setting {setting!r}")
        judge = self._judge(served, SETTINGS[setting])
        judge.sync_state.rows = rows
        for chain in group.chains():
            if not belongs_to_live_run(chain[0]):
                self.report.add(f"{setting}: {chain[0].path}", str(chain[0]), judge.judge(chain), len(chain))
        self.millrace.settings = self.settings

    def _answers(self):
        """True once requests reach the routes, whatever the setting makes of them."""
        if not self.millrace.listening() or not self.millrace.streaming():
            return False
        answer = self.millrace.get(PROBE)
        return answer is not None and not (answer.status == 503 and "SERVICE_UNAVAILABLE" in answer.text)
