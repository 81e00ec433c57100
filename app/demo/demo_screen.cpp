// The demo on one screen: changes, feed, deliveries, a receiver that fails for a while, dead letters, their replay, lag.

#include <unistd.h>

#include <deque>
#include <iostream>
#include <sstream>

#include "app/demo/demo_journal.h"
#include "app/demo/demo_record.h"
#include "app/demo/demo_stage.h"
#include "app/demo/demo_story.h"
#include "engine/runtime/timers.h"

namespace app::demo {
using engine::Result;

namespace {

constexpr std::size_t kLines = 8;
constexpr auto kStepEvery = std::chrono::milliseconds(350);
constexpr auto kDrawEvery = std::chrono::seconds(1);
// One round: all is well, the receiver fails for entries, it recovers and what it missed is replayed.
constexpr auto kRound = std::chrono::seconds(40);
constexpr auto kFailsFrom = std::chrono::seconds(15);
constexpr auto kFailsUntil = std::chrono::seconds(24);
constexpr auto kReplaysAt = std::chrono::seconds(28);

class Screen {
 public:
  explicit Screen(DemoStage& stage) : stage_(stage), record_(stage.record()), terminal_(::isatty(STDOUT_FILENO) != 0) {}
  Result<void> run();

 private:
  enum class Phase { kWell, kFailing, kRecovered, kReplayed };
  Result<void> step();
  Result<void> turn(std::chrono::steady_clock::duration within_round);
  Result<void> draw();
  void say(std::string line) {
    lines_.push_back(std::move(line));
    if (lines_.size() > kLines) lines_.pop_front();
  }

  DemoStage& stage_;
  DemoRecord record_;
  DemoJournal journal_;
  engine::SystemTimers clock_;
  bool terminal_;
  Phase phase_ = Phase::kWell;
  std::uint64_t steps_ = 0;
  std::size_t feed_items_ = 0;
  std::string cursor_;
  std::deque<std::string> lines_;
};

Result<void> Screen::step() {
  auto report = stage_.site().step(steps_++);
  if (!report) return report.take_error();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now().time_since_epoch()).count();
  auto made = journal_.observe(stage_.site().sql(), now);
  if (!made) return made.take_error();
  say(report->actor + "  " + report->action + "  " + (report->subject.empty() ? "nothing to do" : report->subject) + "  -> " +
      std::to_string(*made) + " events");
  return engine::ok();
}

Result<void> Screen::turn(std::chrono::steady_clock::duration within_round) {
  const auto wanted = within_round < kFailsFrom    ? Phase::kWell
                      : within_round < kFailsUntil ? Phase::kFailing
                      : within_round < kReplaysAt  ? Phase::kRecovered
                                                   : Phase::kReplayed;
  if (wanted == phase_) return engine::ok();
  phase_ = wanted;
  if (phase_ == Phase::kFailing) {
    say("* the receiver answers 503 for entries from now on");
    return stage_.tell_receiver(R"({"answer":503,"types":["entry"]})");
  }
  if (phase_ == Phase::kRecovered) {
    say("* the receiver is well again");
    return stage_.tell_receiver("{}");
  }
  if (phase_ == Phase::kReplayed) {
    say("* the dead letters are replayed");
    return stage_.replay_all();
  }
  return engine::ok();
}

Result<void> Screen::draw() {
  auto items = stage_.drain(cursor_);
  if (!items) return items.take_error();
  feed_items_ += items->size();
  auto letters = stage_.dead_letters();
  if (!letters) return letters.take_error();
  record_.read_on();
  const auto verdict = judge(journal_, record_);
  const auto lag = [&](std::size_t percent) {
    return verdict.lag_ms.empty() ? 0 : verdict.lag_ms[(verdict.lag_ms.size() - 1) * percent / 100];
  };
  std::ostringstream out;
  if (!terminal_) {
    out << "steps " << steps_ << "  changes " << journal_.expected().size() << "  feed items " << feed_items_ << "  delivered "
        << verdict.accepted << "  waiting " << verdict.missing << "  dead letters " << letters->failed << "  replayed "
        << letters->delivered << "  lag p50 " << lag(50) << " ms\n";
    std::cout << out.str() << std::flush;
    return engine::ok();
  }
  out << "\x1b[H\x1b[2J\x1b[1mMillrace: a sample site, its feed and its webhooks\x1b[0m     Ctrl-C ends all of it\n\n"
      << "  database    " << journal_.documents().size() << " documents, " << steps_ << " steps so far\n"
      << "  changes     " << journal_.expected().size() << " events to tell\n"
      << "  feed        " << feed_items_ << " items read, resume cursor " << cursor_.substr(0, 40) << "\n"
      << "              http://127.0.0.1:" << stage_.port() << "/agents/v1/changes\n"
      << "  deliveries  " << verdict.accepted << " accepted, " << verdict.missing << " waiting, " << verdict.repeats
      << " repeated requests\n"
      << "  receiver    " << (phase_ == Phase::kFailing ? "\x1b[31mfails for entries\x1b[0m" : "\x1b[32mwell\x1b[0m") << "\n"
      << "  dead        " << letters->failed << " failed, " << letters->queued << " queued, " << letters->delivered
      << " delivered by replay\n"
      << "  lag         " << lag(50) << " ms p50, " << lag(99) << " ms p99, from the end of a step to its first request\n"
      << "  problems    " << (verdict.problems.empty() ? "none" : verdict.problems.front()) << "\n\n";
  for (const auto& line : lines_) out << "  " << line << "\n";
  std::cout << out.str() << std::flush;
  return engine::ok();
}

Result<void> Screen::run() {
  if (auto begun = journal_.begin(stage_.site().sql()); !begun) return begun;
  if (auto first = stage_.drain(cursor_); !first) return first.take_error();
  const auto began = machine_now();
  auto next_step = began, next_draw = began;
  while (!asked_to_stop()) {
    const auto now = machine_now();
    if (auto alive = stage_.alive(); !alive) return alive;
    if (auto turned = turn((now - began) % kRound); !turned) return turned;
    if (now >= next_step) {
      next_step = now + kStepEvery;
      if (auto stepped = step(); !stepped) return stepped;
    }
    if (now >= next_draw) {
      next_draw = now + kDrawEvery;
      if (auto drawn = draw(); !drawn) return drawn;
    }
    pause_briefly();
  }
  return engine::ok();
}

}  // namespace

int show_screen(const DemoOptions& options) {
  std::cout << "Starting a " << (options.source == "postgres" ? "PostgreSQL" : "MariaDB") << " with the sample site, a receiver and Millrace ..." << std::endl;
  auto stage = DemoStage::start(options);
  if (!stage) {
    if (asked_to_stop()) return 0;
    std::cerr << "demo: " << stage.error().detail << "\n";
    return 1;
  }
  auto shown = Screen(**stage).run();
  if (!shown && !asked_to_stop()) {
    (*stage)->keep();
    std::cerr << "demo: " << shown.error().detail << "\ndemo: everything is in " << (*stage)->directory().string() << "\n";
    return 1;
  }
  std::cout << "\nEnding everything." << std::endl;
  return 0;
}

}  // namespace app::demo
