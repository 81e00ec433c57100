// The order of the two stores, groups and their limits, a full disk: what needs no server to be proven.

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "app/demo/child_process.h"
#include "connectors/pipeline.h"
#include "feed/memory_change_log.h"
#include "tests/connectors/faulty_log.h"
#include "tests/connectors/log_history.h"
#include "tests/connectors/mirror_test_rows.h"
#include "tests/connectors/scripted_source.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

namespace {

using namespace test;
using namespace std::chrono_literals;
using Phase = connectors::PipelineStatus::Phase;

constexpr const char* kMapping = R"(--@ tables
CREATE TABLE notes (id INTEGER PRIMARY KEY, words, updated);
--@ resource note
--@ ids
SELECT id FROM notes
--@ document
SELECT id, words, 'live' AS "@state", updated AS "@created", updated AS "@updated" FROM notes WHERE id = :id
--@ part feed
-- id, words, updatedAt=@updated
--@ affected notes
SELECT :row_id
)";

/// What was ever reported, and what is still open. Threads: any.
class RememberedIncidents final : public engine::telemetry::IncidentSink {
 public:
  void report(std::string_view code, engine::telemetry::Severity severity, std::string_view) override {
    const std::lock_guard lock(mutex_);
    open_.emplace(code);
    critical_ = critical_ || severity == engine::telemetry::Severity::kCritical;
  }
  void resolve(std::string_view code) override {
    const std::lock_guard lock(mutex_);
    open_.erase(std::string(code));
  }
  bool was_critical() const {
    const std::lock_guard lock(mutex_);
    return critical_;
  }
  bool all_resolved() const {
    const std::lock_guard lock(mutex_);
    return open_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::set<std::string> open_;
  bool critical_ = false;
};

class PipelineOrder : public ::testing::Test {
 protected:
  PipelineOrder() : database_({*notes_}) {
    std::ofstream(directory_.path() / "note.sql") << kMapping;
    auto loaded = connectors::Mapping::load(directory_.path());
    EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().detail);
    if (loaded) mapping_ = std::move(*loaded);
    for (int id = 1; id <= 10; ++id) database_.put("notes", note(id, "first"));
    options_.mirror_file = mirror_file();
    options_.patience = 5ms;
    options_.backoff_base = 1ms;
    options_.backoff_cap = 5ms;
  }
  ~PipelineOrder() override { end(); }

  static connectors::Row note(int id, const std::string& words) { return {number(id), text(words), text("2026-03-01 08:00:00")}; }
  /// A transaction that gives the notes `from` to `to` other words.
  void rewrite(int from, int to, const std::string& old, const std::string& words, std::size_t slice_rows = 1000) {
    std::vector<connectors::RowChange> rows;
    for (int id = from; id <= to; ++id) rows.push_back(updated(notes_, note(id, old), note(id, words)));
    database_.commit(std::move(rows), clock_.wall_now(), slice_rows);
  }
  void begin() {
    const auto make = [this](const std::set<std::string>&) { return std::make_unique<ScriptedSource>(database_); };
    pipeline_ = std::make_unique<connectors::Pipeline>(make, mapping_, faulty_, clock_, incidents_, options_);
    thread_ = std::thread([this] { pipeline_->run(); });
  }
  void end() {
    if (!pipeline_) return;
    pipeline_->stop();
    thread_.join();
    pipeline_.reset();
  }
  /// True once so many changes are in the log.
  bool holds(std::uint64_t changes) {
    return app::demo::wait_until(20s, [&] { return log_.high_watermark().value == changes + 1; });
  }
  std::filesystem::path mirror_file() const { return directory_.path() / "mirror.sqlite"; }

  TemporaryDirectory directory_;
  FakeTimers clock_;
  RememberedIncidents incidents_;
  connectors::TablePtr notes_ = table("notes", {"id", "words:text", "updated:instant"});
  connectors::Mapping mapping_;
  ScriptedDatabase database_;
  feed::MemoryChangeLog log_;
  FaultyLog faulty_{log_};
  connectors::PipelineOptions options_;
  std::unique_ptr<connectors::Pipeline> pipeline_;
  std::thread thread_;
};

TEST_F(PipelineOrder, TheMirrorIsNeverAheadOfTheLog) {
  std::atomic<unsigned> looked = 0, ahead = 0;
  faulty_.before_append([&](const feed::SourcePosition& position) {
    auto mirror = connectors::Mirror::open(mirror_file());  // as another process would find it now
    ASSERT_TRUE(mirror);
    auto stored = (*mirror)->position();
    ASSERT_TRUE(stored);
    ++looked;
    ahead += *stored && (*stored)->sequence >= position.sequence && position.sequence > 0;
  });
  begin();
  ASSERT_TRUE(holds(10));
  for (unsigned i = 1; i <= 5; ++i) {
    rewrite(1, 10, i == 1 ? "first" : "words " + std::to_string(i - 1), "words " + std::to_string(i));
    ASSERT_TRUE(holds(10 + 10 * i));
  }
  end();
  EXPECT_GE(looked, 6u);
  EXPECT_EQ(ahead, 0u);
  auto mirror = connectors::Mirror::open(mirror_file());
  EXPECT_EQ((*mirror)->position().value()->sequence, 5u);
}

TEST_F(PipelineOrder, GroupsCloseAtTheirLimits) {
  options_.limits.group_transactions = 4;
  begin();
  ASSERT_TRUE(holds(10));
  end();
  for (int i = 0; i < 40; ++i) rewrite(1 + i % 10, 1 + i % 10, i < 10 ? "first" : "words " + std::to_string(i - 10), "words " + std::to_string(i));
  const auto before = faulty_.appends();
  begin();
  ASSERT_TRUE(holds(50));
  EXPECT_GE(faulty_.appends() - before, 10u);
  EXPECT_LE(faulty_.largest_append(), 10u);
}

TEST_F(PipelineOrder, ManySmallTransactionsShareOneAppend) {
  begin();
  ASSERT_TRUE(holds(10));
  end();
  for (int i = 0; i < 40; ++i) rewrite(1 + i % 10, 1 + i % 10, i < 10 ? "first" : "words " + std::to_string(i - 10), "words " + std::to_string(i));
  const auto before = faulty_.appends();
  begin();
  ASSERT_TRUE(holds(50));
  EXPECT_LE(faulty_.appends() - before, 3u);
  std::set<std::string> transactions;
  for (const auto& change : history(log_, feed::Offset{11})) transactions.insert(change.source_transaction);
  EXPECT_EQ(transactions.size(), 40u) << "each version of a note is told, though they share a group";
}

TEST_F(PipelineOrder, AFullDiskIsWaitedForAndThenNothingIsMissing) {
  begin();
  ASSERT_TRUE(holds(10));
  faulty_.fill_up(3);
  rewrite(1, 5, "first", "second");
  ASSERT_TRUE(holds(15));
  EXPECT_EQ(faulty_.refused(), 3u);
  rewrite(1, 5, "second", "third");
  ASSERT_TRUE(holds(20));
  EXPECT_FALSE(incidents_.was_critical());
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return incidents_.all_resolved(); }));
  expect_nothing_doubled(log_);
}

TEST_F(PipelineOrder, AStagedTransactionThatIsCutOffIsStagedAnewAndAppearsOnce) {
  options_.limits.stage_bytes = 200;
  options_.limits.render_at_once = 2;
  begin();
  ASSERT_TRUE(holds(10));
  for (const auto end : {FaultyLog::End::kAfterPart, FaultyLog::End::kBeforePart, FaultyLog::End::kBeforeAppend, FaultyLog::End::kAfterAppend}) {
    faulty_.end_at(end);
    const auto before = log_.high_watermark().value - 1;
    const auto words = [](auto n) { return n == 10 ? std::string("first") : "words " + std::to_string(n); };
    rewrite(1, 10, words(before), words(before + 10), 3);
    ASSERT_TRUE(app::demo::wait_until(20s, [&] { return faulty_.ended(); }));
    EXPECT_EQ(log_.high_watermark().value - 1, before + (end == FaultyLog::End::kAfterAppend ? 10 : 0));
    this->end();
    faulty_.revive();
    begin();
    ASSERT_TRUE(holds(before + 10));
  }
  expect_nothing_doubled(log_);
}

// The process ends between the two stores, right behind its first copy; until the next one looks, the stream goes on.
TEST_F(PipelineOrder, WhatCameSinceAFirstCopyFromTheStreamIsToldChangeByChange) {
  database_.bring_rows_in_stream();
  for (int id = 1; id <= 10; ++id) database_.commit({inserted(notes_, note(id, "first"))}, clock_.wall_now());
  faulty_.end_at(FaultyLog::End::kAfterAppend);
  begin();
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return faulty_.ended(); }));
  end();
  faulty_.revive();
  ASSERT_TRUE(holds(10));
  rewrite(1, 1, "first", "second");
  rewrite(1, 1, "second", "third");
  begin();
  ASSERT_TRUE(holds(12));
  for (const auto& change : history(log_, feed::Offset{11})) EXPECT_EQ(change.origin, feed::Origin::kStream) << named(change);
}

// A mirror that is lost is read anew from the stream's beginning, to its end: only what differs from the log is told.
TEST_F(PipelineOrder, ALostMirrorIsReadAnewFromTheStream) {
  database_.bring_rows_in_stream();
  for (int id = 1; id <= 10; ++id) database_.commit({inserted(notes_, note(id, "first"))}, clock_.wall_now());
  begin();
  ASSERT_TRUE(holds(10));
  end();
  std::filesystem::remove(mirror_file());
  rewrite(1, 1, "first", "second");
  rewrite(1, 1, "second", "third");
  begin();
  ASSERT_TRUE(holds(11));
  EXPECT_EQ(history(log_, feed::Offset{11})[0].origin, feed::Origin::kResnapshot);
}

TEST_F(PipelineOrder, AConnectionThatBreaksInsideATransactionTakesItUpFromItsStart) {
  begin();
  ASSERT_TRUE(holds(10));
  for (int i = 0; i < 8; ++i) {
    database_.fail_next(1 + static_cast<unsigned>(i % 2), engine::Errc::kUnavailable);
    rewrite(1, 10, i == 0 ? "first" : "words " + std::to_string(i - 1), "words " + std::to_string(i), 2);
    ASSERT_TRUE(holds(20 + 10 * static_cast<std::uint64_t>(i)));
  }
  expect_nothing_doubled(log_);
}

TEST_F(PipelineOrder, ADamagedLogOfTheSourceIsACriticalIncidentAndServingGoesOn) {
  begin();
  ASSERT_TRUE(holds(10));
  database_.fail_next(2, engine::Errc::kMalformed);
  rewrite(1, 1, "first", "second");
  ASSERT_TRUE(holds(11));
  EXPECT_TRUE(incidents_.was_critical());
  EXPECT_TRUE(pipeline_->serving());
}

// Notes that open at an instant, by time alone.
constexpr const char* kTimedMapping = R"(--@ tables
CREATE TABLE notes (id INTEGER PRIMARY KEY, words, updated);
--@ resource note
--@ ids
SELECT id FROM notes
--@ document
SELECT id, CASE WHEN updated <= :now THEN 'open' ELSE 'closed' END AS words, 'live' AS "@state", '2026-03-01 08:00:00' AS "@created",
       '2026-03-01 08:00:00' AS "@updated" FROM notes WHERE id = :id
--@ part feed
-- id, words, updatedAt=@updated
--@ affected notes
SELECT :row_id
--@ due
SELECT id, updated AS instant FROM notes WHERE updated > :after AND updated <= :until
)";

TEST_F(PipelineOrder, TheScheduleDoesNotOvertakeAStreamThatIsStillBehind) {
  std::ofstream(directory_.path() / "note.sql") << kTimedMapping;
  auto loaded = connectors::Mapping::load(directory_.path());
  ASSERT_TRUE(loaded) << loaded.error().detail;
  mapping_ = std::move(*loaded);
  const auto at = [](const char* when) { return *engine::parse_rfc3339(when); };
  const auto dated = [](const char* when) { return connectors::Row{number(11), text("x"), text(when)}; };
  clock_.set_wall(at("2026-03-04T09:00:00Z"));
  database_.put("notes", dated("2026-03-04 10:00:00"));
  begin();
  ASSERT_TRUE(holds(11));
  end();
  // While we are down the note's day is put off, before it came; then the server takes its time to find where we are.
  database_.commit({updated(notes_, dated("2026-03-04 10:00:00"), dated("2026-03-04 12:00:00"))}, at("2026-03-04T09:30:00Z"));
  database_.stall_next(5);
  clock_.set_wall(at("2026-03-04T11:00:00Z"));
  begin();
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return pipeline_->status().position.sequence == 1; }));
  EXPECT_EQ(log_.high_watermark().value, 12u) << "the note opened although its day had been put off";
  clock_.set_wall(at("2026-03-04T12:00:00Z"));
  ASSERT_TRUE(holds(12)) << "the note did not open on its new day";
}

TEST_F(PipelineOrder, OnlyWhatBothStoresHoldIsAcknowledged) {
  std::mutex mutex;
  std::uint64_t told = 0;
  bool early = false;
  database_.keep_until_acknowledged([&](const feed::SourcePosition& position) {
    const auto logged = log_.position("cms");
    const std::lock_guard lock(mutex);
    early = early || (position.sequence > 0 && (!logged || !*logged || (*logged)->sequence < position.sequence));
    told = std::max(told, position.sequence);
  });
  const auto acknowledged = [&] {
    const std::lock_guard lock(mutex);
    return told;
  };
  options_.acknowledge_every = 0ms;
  begin();
  ASSERT_TRUE(holds(10));
  rewrite(1, 10, "first", "second");
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return acknowledged() == 1; }));
  faulty_.fill_up(20);
  rewrite(1, 10, "second", "third");
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return faulty_.refused() >= 10; }));
  EXPECT_EQ(acknowledged(), 1u) << "what the log could not take is not forgotten by the source";
  ASSERT_TRUE(app::demo::wait_until(20s, [&] { return acknowledged() == 2; }));
  EXPECT_FALSE(early);
}

}  // namespace
