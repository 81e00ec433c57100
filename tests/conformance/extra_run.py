"""What was recorded after T1's control calls: shows, checkpoints with values, lag, more filters and projections."""

from exchange_judge import ExchangeJudge
from fresh_start import REQUIRED_PATHS, ask_what_is_served
from report import NOT_YET, Verdict

LATER = Verdict(NOT_YET, ("dead letters after two attempts and their replays, under retries",))


class ExtraRun:
    """`recording.extra` against one running process over T1, in the order recorded; what earlier calls left behind is brought about first."""

    def __init__(self, recording, millrace, source, report):
        self.recording = recording
        self.millrace = millrace
        self.report = report
        self.scopes = {one["token"]: one["scopes"] for one in millrace.settings["credentials"]}
        self.served = ask_what_is_served(millrace, millrace.token)
        self.judge = ExchangeJudge(recording.t1, source, self.served, millrace, report, self.scopes, REQUIRED_PATHS)

    def run(self):
        earlier = self.recording.t1.exchanges + [one for group in self.recording.settings for one in group.exchanges]
        for one in earlier:
            if one.path.endswith("/checkpoint") and one.status == 200 and one.path in self.served.paths:
                self.judge.sync_state.prepare(one)
        for chain in self.recording.extra.chains():
            later = chain[0].path.startswith("/webhooks/dlq")
            self.report.add(chain[0].path, str(chain[0]), LATER if later else self.judge.judge(chain), len(chain))
