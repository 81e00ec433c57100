// Real pipelines behind a real PostgreSQL with the sample site: cut connections, a restart, a slot that is dropped under load, altered tables.

#include "tests/connectors/servers/postgres_site.h"

namespace {

using namespace test;

class PostgresPipeline : public PostgresSite {};

TEST_F(PostgresPipeline, TheFeedFollowsTheSite) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 150);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(history(log).size(), 150u);
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ASnapshotUnderLoadMissesNothing) {
  play(0, 20);
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  play(20, 120);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, CutConnectionsLoseAndDoubleNothing) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto sessions = pipeline->status().sessions;
  for (std::uint64_t n = 0; n < 60; n += 6) {
    play(n, n + 6);
    server_->execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'millrace'");
  }
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(pipeline->status().sessions, sessions);
  EXPECT_EQ(resnapshots(log), 0u) << "the stream was resumed where it stood";
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ACrashOfTheServerIsResumedFrom) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 20);
  site_.reset();
  server_->kill();
  ASSERT_TRUE(pipeline->until([](const auto& s) { return s.phase == Phase::kWaiting; }));
  server_->restart();
  open_site();
  play(20, 40);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(resnapshots(log), 0u);
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, ASlotDroppedUnderLoadYieldsRealDifferencesOnlyAndAnIncident) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 30);
  ASSERT_TRUE(caught_up(*pipeline));
  drop_slot();
  play(30, 60);
  ASSERT_TRUE(pipeline->until([&](const auto&) { return !incidents_.detail("source_snapshot_again").empty(); }));
  play(60, 80);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_NE(incidents_.detail("source_snapshot_again").find("slot"), std::string::npos) << incidents_.detail("source_snapshot_again");
  EXPECT_LT(resnapshots(log), 120u) << "what did not change is not told again";
  expect_feed_is_up_to_date(log);
}

TEST_F(PostgresPipeline, AlteredTablesAreReadAgain) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  // No row is logged, and every title is another one.
  auto altered = site_->sql().run("ALTER TABLE elements_sites ALTER COLUMN title TYPE varchar(255) USING upper(title)");
  ASSERT_TRUE(altered) << altered.error().detail;
  const auto shouting = [&] {
    for (const auto& [key, change] : newest(log)) {
      if (key.type != "product" || change.tombstone()) continue;
      simdjson::dom::parser parser;
      const std::string title(std::string_view(simdjson::dom::element(parser.parse(change.parts.list))["title"]));
      return title.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
    }
    return false;
  };
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kStreaming && shouting(); }));
  play(0, 20);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

}  // namespace
