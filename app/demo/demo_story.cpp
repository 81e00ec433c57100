#include "app/demo/demo_story.h"

#include <functional>
#include <iostream>
#include <map>
#include <set>

#include "app/demo/demo_journal.h"
#include "app/demo/demo_record.h"
#include "app/demo/demo_stage.h"
#include "engine/base/json_writer.h"
#include "engine/runtime/timers.h"

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr unsigned kFailingSteps = 12;
constexpr std::chrono::seconds kScheduleAhead{3};

/// The story of --once. Each chapter either holds or says which condition did not.
class Story {
 public:
  Story(const DemoOptions& options, DemoStage& stage)
      : options_(options), stage_(stage), record_(stage.record()), deadline_(machine_now() + options.deadline) {}

  Result<void> play();
  std::string summary(const std::vector<std::string>& problems, std::chrono::milliseconds took);
  std::vector<std::string> problems() const { return problems_; }

 private:
  Result<void> open();
  Result<void> everyday();
  Result<void> misbehaving_receiver();
  Result<void> scheduled_entry();
  Result<void> dead_letters_and_replay();
  Result<void> compare_feed();

  Result<StepReport> act(std::string_view action);
  Result<void> observe();
  /// Waits until `condition` holds or the story's time is up; the error names `what`.
  void judge_deliveries();
  Result<void> expect(const std::string& what, const std::function<bool()>& condition);
  Result<void> all_delivered(const std::string& when);
  void compare_items(const std::string& where, const std::vector<FeedItem>& items, bool only_touched);

  const DemoOptions& options_;
  DemoStage& stage_;
  DemoRecord record_;
  DemoJournal journal_;
  engine::SystemTimers clock_;
  engine::MonoTime deadline_;
  std::string cursor_;
  std::vector<std::string> problems_;
  std::size_t steps_ = 0, dead_letters_ = 0, feed_items_ = 0;
  bool went_live_ = false;
};

Result<void> Story::play() {
  for (const auto chapter : {&Story::open, &Story::everyday, &Story::misbehaving_receiver, &Story::scheduled_entry,
                             &Story::dead_letters_and_replay, &Story::compare_feed}) {
    if (asked_to_stop()) return fail(Errc::kCancelled, "stopped by a signal");
    if (auto held = (this->*chapter)(); !held) return held;
    if (auto alive = stage_.alive(); !alive) return alive;
  }
  judge_deliveries();
  return engine::ok();
}

void Story::judge_deliveries() {
  record_.read_on();
  for (auto& problem : judge(journal_, record_).problems) problems_.push_back("deliveries: " + problem);
}

Result<void> Story::expect(const std::string& what, const std::function<bool()>& condition) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - machine_now());
  Result<void> alive;
  const bool held =
      wait_until(std::max(left, std::chrono::milliseconds(0)), [&] { return condition() || asked_to_stop() || !(alive = stage_.alive()); });
  if (!alive) return alive;
  if (asked_to_stop()) return fail(Errc::kCancelled, "stopped by a signal");
  if (!held) judge_deliveries();
  if (!held) return fail(Errc::kTimedOut, "did not hold within " + std::to_string(options_.deadline.count()) + " s: " + what);
  return engine::ok();
}

Result<void> Story::observe() {
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now().time_since_epoch()).count();
  auto made = journal_.observe(stage_.site().sql(), now);
  if (!made) return made.take_error();
  return engine::ok();
}

Result<StepReport> Story::act(std::string_view action) {
  auto report = stage_.site().play(action);
  if (!report) return report;
  ++steps_;
  if (auto seen = observe(); !seen) return seen.take_error();
  return report;
}

Result<void> Story::all_delivered(const std::string& when) {
  return expect("every change delivered " + when, [&] {
    record_.read_on();
    const auto verdict = judge(journal_, record_);
    return verdict.missing == 0;
  });
}

Result<void> Story::open() {
  if (auto begun = journal_.begin(stage_.site().sql()); !begun) return begun;
  auto first = stage_.drain(cursor_);
  if (!first) return first.take_error();
  compare_items("first feed", *first, false);
  return engine::ok();
}

Result<void> Story::everyday() {
  for (unsigned n = 0; n < options_.steps && !asked_to_stop(); ++n) {
    if (auto done = stage_.site().step(n); !done) return done.take_error();
    ++steps_;
    if (auto seen = observe(); !seen) return seen;
  }
  return all_delivered("after the everyday steps");
}

Result<void> Story::misbehaving_receiver() {
  for (const char* rule : {R"({"misbehave":"close","times":1})", R"({"misbehave":"garbage","times":1})",
                           R"({"misbehave":"early","times":1})", R"({"misbehave":"huge","times":1})", R"({"answer":500,"times":1})"}) {
    if (auto told = stage_.tell_receiver(rule); !told) return told;
    if (auto done = act("create_entry"); !done) return done.take_error();
    if (std::string_view(rule).find("early") != std::string_view::npos) {
      // Nothing is recorded of a request whose body was not read; the retry shows that it was made.
      if (auto told = stage_.tell_receiver("{}"); !told) return told;
    }
    if (auto held = all_delivered(std::string("although the receiver did ") + rule); !held) return held;
  }
  return engine::ok();
}

Result<void> Story::scheduled_entry() {
  stage_.site().set_schedule_ahead(kScheduleAhead);
  auto report = act("schedule_entry");
  if (!report) return report.take_error();
  const DocumentKey key{"entry", std::strtoll(report->subject.substr(report->subject.find(' ') + 1).c_str(), nullptr, 10)};
  const auto status = [&] {
    const auto document = journal_.documents().find(key);
    return document == journal_.documents().end() ? std::string() : document->second.status;
  };
  if (status() != "pending") return fail(Errc::kConflict, report->subject + " should wait for its day and is " + status());
  if (auto held = expect("the clock reaches the scheduled entry's day", [&] { return !observe() || status() == "live"; }); !held)
    return held;
  if (auto held = all_delivered("when " + report->subject + " went live by the clock alone"); !held) return held;
  went_live_ = true;
  return engine::ok();
}

Result<void> Story::dead_letters_and_replay() {
  if (auto told = stage_.tell_receiver(R"({"answer":503,"types":["entry"]})"); !told) return told;
  const auto expected_before = journal_.expected().size();
  for (unsigned i = 0; i < kFailingSteps; ++i) {
    if (auto done = act(i % 3 == 2 ? "edit_product" : "edit_title"); !done) return done.take_error();
  }
  std::size_t failing = 0;
  for (auto i = expected_before; i < journal_.expected().size(); ++i) failing += journal_.expected()[i].key.first == "entry" ? 1 : 0;
  auto letters = [&] { return stage_.dead_letters().value_or(DeadLetters{}); };
  if (auto held = expect(std::to_string(failing) + " dead letters while the receiver fails", [&] { return letters().failed >= failing; });
      !held)
    return held;
  dead_letters_ = letters().failed;
  if (auto told = stage_.tell_receiver("{}"); !told) return told;
  if (auto asked = stage_.replay_all(); !asked) return asked;
  auto held = expect("every dead letter reaches `delivered` after its replay", [&] {
    const auto now = letters();
    return now.failed == 0 && now.queued == 0;
  });
  if (!held) return held;
  return all_delivered("after the replay");
}

void Story::compare_items(const std::string& where, const std::vector<FeedItem>& items, bool only_touched) {
  std::map<DocumentKey, const FeedItem*> newest;
  for (const auto& item : items) newest[{item.type, item.id}] = &item;
  std::set<DocumentKey> keys = only_touched ? journal_.touched() : std::set<DocumentKey>{};
  if (!only_touched) {
    for (const auto& [key, document] : journal_.documents()) {
      if (document.in_feed) keys.insert(key);
    }
  }
  std::size_t wrong = 0;
  std::string example;
  const auto complain = [&](const DocumentKey& key, const std::string& what) {
    if (++wrong == 1) example = key.first + " " + std::to_string(key.second) + " " + what;
  };
  for (const auto& key : keys) {
    const auto document = journal_.documents().find(key);
    const bool there = document != journal_.documents().end() && document->second.in_feed;
    const auto item = newest.find(key);
    if (item == newest.end()) {
      complain(key, "is missing");
    } else if (there != (item->second->action != "deleted")) {
      complain(key, there ? "is shown as deleted" : "is gone and shown as " + item->second->action);
    } else if (there && (item->second->title != document->second.title || item->second->status != document->second.status)) {
      complain(key, "is shown as '" + item->second->title + "' " + item->second->status + ", the database has '" + document->second.title +
                        "' " + document->second.status);
    }
  }
  for (const auto& [key, item] : newest) {
    if (item->action != "deleted" && !journal_.documents().contains(key)) complain(key, "is shown and does not exist");
  }
  if (wrong)
    problems_.push_back(where + ": " + std::to_string(wrong) + " of " + std::to_string(keys.size()) +
                        " resources wrong, first: " + example);
}

Result<void> Story::compare_feed() {
  auto since = stage_.drain(cursor_);
  if (!since) return since.take_error();
  feed_items_ = since->size();
  compare_items("feed since the story began", *since, true);
  std::string from_the_start;
  auto all = stage_.drain(from_the_start);
  if (!all) return all.take_error();
  compare_items("whole feed", *all, false);
  return engine::ok();
}

std::string Story::summary(const std::vector<std::string>& problems, std::chrono::milliseconds took) {
  record_.read_on();
  const auto verdict = judge(journal_, record_);
  const auto lag = [&](std::size_t percent) -> std::int64_t {
    return verdict.lag_ms.empty() ? 0 : verdict.lag_ms[(verdict.lag_ms.size() - 1) * percent / 100];
  };
  std::string line;
  engine::JsonWriter json(line);
  json.begin_object().key("ok").boolean(problems.empty()).key("seed").number_u64(options_.seed).key("steps").number_u64(steps_);
  json.key("changes")
      .number_u64(journal_.expected().size())
      .key("events")
      .number_u64(verdict.events)
      .key("delivered")
      .number_u64(verdict.accepted);
  json.key("missing")
      .number_u64(verdict.missing)
      .key("requests")
      .number_u64(record_.all().size())
      .key("repeats")
      .number_u64(verdict.repeats);
  json.key("deadLetters").number_u64(dead_letters_).key("wentLive").boolean(went_live_).key("feedItems").number_u64(feed_items_);
  json.key("documents").number_u64(journal_.documents().size()).key("lagMsP50").number(lag(50)).key("lagMsP99").number(lag(99));
  json.key("seconds").real(static_cast<double>(took.count()) / 1000.0).key("problems").begin_array();
  for (const auto& problem : problems) json.string(problem);
  json.end_array().end_object();
  return line;
}

}  // namespace

int play_story(const DemoOptions& options) {
  const auto began = machine_now();
  auto stage = DemoStage::start(options);
  if (!stage) {
    std::string line;
    engine::JsonWriter json(line);
    json.begin_object().key("ok").boolean(false).key("seed").number_u64(options.seed).key("problems").begin_array();
    json.string(stage.error().detail).end_array().end_object();
    std::cout << line << std::endl;
    std::cerr << "demo: " << stage.error().detail << "\n";
    return 1;
  }
  Story story(options, **stage);
  auto played = story.play();
  auto problems = story.problems();
  if (!played) problems.push_back(played.error().detail);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(machine_now() - began);
  std::cout << story.summary(problems, took) << std::endl;
  if (problems.empty()) return 0;
  (*stage)->keep();
  for (const auto& problem : problems) std::cerr << "demo: " << problem << "\n";
  std::cerr << "demo: logs, configuration and record are in " << (*stage)->directory().string() << "\n";
  return 1;
}

}  // namespace app::demo
