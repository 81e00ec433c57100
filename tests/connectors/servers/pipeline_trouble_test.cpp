// A source that goes away, comes back, or is another one; and time, which goes on by itself.

#include "tests/connectors/servers/pipeline_site.h"

namespace {

using namespace test;

class PipelineTrouble : public PipelineSite {};

TEST_F(PipelineTrouble, AServersRestartIsWaitedForAndNothingIsLost) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 10);
  const auto sessions = pipeline->status().sessions;
  server_->stop();
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kWaiting && s.sessions > sessions + 2; })) << "it tries again and again";
  EXPECT_TRUE(has_incident("source_trouble"));
  server_->restart();
  site_ = open_site(*server_, 1);
  play(10, 30);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_FALSE(has_incident("source_trouble"));
  for (const auto& change : history(log)) EXPECT_NE(change.origin, feed::Origin::kResnapshot) << named(change);
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineTrouble, AKilledServerIsResumedToo) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 10);
  ASSERT_TRUE(caught_up(*pipeline));
  server_->kill();
  server_->restart();
  site_ = open_site(*server_, 1);
  play(10, 30);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineTrouble, AnotherServerBehindTheSameAddressIsDiffedWithAnIncident) {
  MariaDbServer other;
  // A short life of its own first: its log has other transactions under the same numbers.
  auto elsewhere = open_site(other, 1);
  ASSERT_TRUE(elsewhere && elsewhere->install());
  for (std::uint64_t n = 500; n < 520; ++n) ASSERT_TRUE(elsewhere->step(n));
  std::mutex mutex;
  std::string socket = server_->socket();
  const auto moving = [&](const std::set<std::string>& tables) {
    auto options = source_options(71);
    options.tables = tables;
    const std::lock_guard lock(mutex);
    options.socket = socket;
    return std::make_unique<connectors::MariaDbSource>(options);
  };
  feed::MemoryChangeLog log;
  const RunningPipeline pipeline(moving, mapping_, log, clock_, incidents_, options("mirror"));
  ASSERT_TRUE(caught_up(pipeline));
  play(0, 10);
  ASSERT_TRUE(caught_up(pipeline));
  const auto before = log.high_watermark();
  {
    const std::lock_guard lock(mutex);
    socket = other.socket();
  }
  const auto dump = server_->value("SELECT ID FROM information_schema.PROCESSLIST WHERE COMMAND LIKE 'Binlog Dump%' LIMIT 1");
  server_->execute("KILL " + dump);
  ASSERT_TRUE(pipeline.until([&](const auto& s) { return s.phase == Phase::kStreaming && log.high_watermark() > before; }));
  std::swap(site_, elsewhere);
  expect_feed_shows_the_database(log);
  for (const auto& change : history(log, before)) EXPECT_EQ(change.origin, feed::Origin::kResnapshot) << named(change);
  expect_nothing_doubled(log);
  // And it goes on from there.
  const auto here = log.high_watermark();
  ASSERT_TRUE(site_->play("edit_title"));
  ASSERT_TRUE(pipeline.until([&](const auto&) { return log.high_watermark() > here; }));
  EXPECT_EQ(history(log).back().origin, feed::Origin::kStream);
}

TEST_F(PipelineTrouble, APurgedLogIsDiffedWithAnIncident) {
  feed::MemoryChangeLog log;
  {
    const auto pipeline = start(log);
    ASSERT_TRUE(caught_up(*pipeline));
  }
  const auto before = log.high_watermark();
  play(0, 15);
  // The server keeps what a replica still reads, until it has noticed that ours is gone.
  ASSERT_TRUE(app::demo::wait_until(20s, [] {
    server_->execute("FLUSH BINARY LOGS");
    server_->execute("PURGE BINARY LOGS TO '" + *server_->query("SHOW MASTER STATUS")[0][0] + "'");
    return server_->query("SHOW BINARY LOGS").size() == 1;
  }));
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  for (const auto& change : history(log, before)) EXPECT_EQ(change.origin, feed::Origin::kResnapshot) << named(change);
  expect_feed_is_up_to_date(log);
}

class PipelineSchedule : public PipelineSite {
 protected:
  /// An entry that goes live `ahead` from now.
  feed::ResourceKey scheduled(std::chrono::seconds ahead) {
    site_->set_schedule_ahead(ahead);
    auto report = site_->play("schedule_entry");
    EXPECT_TRUE(report);
    return {"entry", report->subject.substr(report->subject.find(' ') + 1)};
  }
  static std::vector<feed::Change> told_of(const feed::ChangeLog& log, const feed::ResourceKey& key) {
    std::vector<feed::Change> all;
    for (auto& change : history(log)) {
      if (change.key == key) all.push_back(std::move(change));
    }
    return all;
  }
  static std::size_t transitions(const feed::ChangeLog& log) {
    std::size_t count = 0;
    for (const auto& change : history(log)) count += change.origin == feed::Origin::kSchedule;
    return count;
  }
  static void expect_live_since(const std::vector<feed::Change>& told, engine::WallTime due) {
    ASSERT_EQ(told.size(), 2u) << "pending, then live, each once";
    EXPECT_NE(told[0].parts.feed.find("\"status\":\"pending\""), std::string::npos);
    EXPECT_NE(told[1].parts.feed.find("\"status\":\"live\""), std::string::npos);
    EXPECT_EQ(told[1].origin, feed::Origin::kSchedule);
    EXPECT_EQ(told[1].commit_time, due);
    EXPECT_GE(told[1].updated_at, due);
  }
};

TEST_F(PipelineSchedule, DueInstantsBeforeDuringAndAfterDowntimeAreToldOnce) {
  feed::MemoryChangeLog log;
  const auto started = clock_.wall_now();
  auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = scheduled(100s), during = scheduled(200s), together = scheduled(200s), after = scheduled(400s);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(transitions(log), 0u);
  advance(99s);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(transitions(log), 0u);
  advance(1s);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return transitions(log) == 1; })) << "nothing moves but time";
  pipeline.reset();
  advance(150s);
  pipeline = start(log);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return transitions(log) == 3; }));
  pipeline.reset();
  pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  advance(300s);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return transitions(log) == 4; }));
  expect_live_since(told_of(log, before), started + 100s);
  expect_live_since(told_of(log, during), started + 200s);
  expect_live_since(told_of(log, together), started + 200s);
  expect_live_since(told_of(log, after), started + 400s);
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineSchedule, ATransitionComesBeforeTheTransactionThatCommitsBehindIt) {
  feed::MemoryChangeLog log;
  const auto started = clock_.wall_now();
  std::optional<feed::ResourceKey> entry;
  {
    const auto pipeline = start(log);
    ASSERT_TRUE(caught_up(*pipeline));
    entry = scheduled(100s);
    ASSERT_TRUE(caught_up(*pipeline));
  }
  advance(50s);
  sql("UPDATE elements_sites SET title = 'early' WHERE siteId = 1 AND elementId = " + entry->id);
  advance(100s);
  sql("UPDATE elements_sites SET title = 'late' WHERE siteId = 1 AND elementId = " + entry->id);
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto told = told_of(log, *entry);
  ASSERT_EQ(told.size(), 4u);
  EXPECT_NE(told[1].parts.feed.find("\"early\""), std::string::npos);
  EXPECT_NE(told[1].parts.feed.find("\"pending\""), std::string::npos);
  EXPECT_EQ(told[2].origin, feed::Origin::kSchedule);
  EXPECT_EQ(told[2].commit_time, started + 100s);
  EXPECT_NE(told[2].parts.feed.find("\"early\""), std::string::npos) << "it must not see rows committed later";
  EXPECT_NE(told[3].parts.feed.find("\"late\""), std::string::npos);
  EXPECT_NE(told[3].parts.feed.find("\"live\""), std::string::npos);
}

TEST_F(PipelineSchedule, ATransitionWhoseMirrorCommitWasLostIsNotToldAgain) {
  feed::MemoryChangeLog log;
  FaultyLog faulty(log);
  const auto begin = [&] { return std::make_unique<RunningPipeline>(factory(), mapping_, faulty, clock_, incidents_, options("mirror")); };
  auto pipeline = begin();
  ASSERT_TRUE(caught_up(*pipeline));
  const auto entry = scheduled(100s);
  ASSERT_TRUE(caught_up(*pipeline));
  faulty.end_at(FaultyLog::End::kAfterAppend);
  advance(100s);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return faulty.ended(); }));
  pipeline.reset();
  faulty.revive();
  advance(30s);
  pipeline = begin();
  play(0, 5);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(transitions(log), 1u);
  EXPECT_GE(told_of(log, entry).size(), 2u);
  expect_nothing_doubled(log);
  expect_feed_is_up_to_date(log);
}

}  // namespace
