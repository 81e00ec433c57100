// A PostgreSQL primary with a streaming standby: the primary is lost, the standby is promoted, and the source is pointed to it.

#include "tests/connectors/servers/postgres_site.h"

namespace {

using namespace test;

class PostgresFailover : public PostgresSite {
 protected:
  static void SetUpTestSuite() {}  // a server each: a lost primary does not come back
  static void TearDownTestSuite() {}
  void SetUp() override {
    server_ = new PostgresServer;
    standby_ = server_->make_standby();
    PostgresSite::SetUp();
  }
  void TearDown() override {
    PostgresSite::TearDown();
    standby_.reset();
    lost_.reset();
    delete server_;
    server_ = nullptr;
  }
  /// Everything committed so far is on the standby, too.
  void wait_for_standby() {
    const auto here = server_->value("SELECT pg_current_wal_flush_lsn()");
    ASSERT_TRUE(app::demo::wait_until(30s, [&] { return standby_->value("SELECT pg_last_wal_replay_lsn() >= '" + here + "'") == "t"; }));
  }
  /// The primary is gone; from here on the standby is the server of the site and of the sources.
  void fail_over() {
    site_.reset();
    server_->kill();
    standby_->promote();
    const std::lock_guard lock(mutex_);
    lost_.reset(server_);
    server_ = standby_.release();
    open_site();
  }
  /// A pipeline that finds the server wherever it is.
  std::unique_ptr<RunningPipeline> start_following(feed::ChangeLog& log) {
    const auto source = [this] {
      const std::lock_guard lock(mutex_);
      return source_options("first");
    };
    return start(log, "first", source, 50);
  }
  using Newest = std::map<feed::ResourceKey, feed::Change>;
  /// What lives in only one of them, or differently.
  static std::set<feed::ResourceKey> changed_between(const Newest& before, const Newest& after) {
    std::set<feed::ResourceKey> keys;
    const auto text = [](const Newest& all, const feed::ResourceKey& key) {
      const auto at = all.find(key);
      return at == all.end() ? std::string("gone") : content(at->second);
    };
    for (const auto* all : {&before, &after}) {
      for (const auto& [key, change] : *all) {
        if (text(before, key) != text(after, key)) keys.insert(key);
      }
    }
    return keys;
  }
  /// Behind offset `from` stands one snapshot's worth of differences: exactly what the server has otherwise than `known`.
  void expect_differences_only(const feed::ChangeLog& log, feed::Offset from, const Newest& known) {
    std::set<feed::ResourceKey> told;
    for (const auto& change : history(log, from)) {
      EXPECT_EQ(change.origin, feed::Origin::kResnapshot) << named(change);
      EXPECT_TRUE(told.insert(change.key).second) << named(change) << " twice";
    }
    feed::MemoryChangeLog fresh(7);
    {
      const auto pipeline = start(fresh, "compared");
      ASSERT_TRUE(caught_up(*pipeline));
    }
    EXPECT_EQ(told, changed_between(known, newest(fresh)));
    EXPECT_FALSE(told.empty());
    const auto said = incidents_.detail("source_snapshot_again");
    EXPECT_NE(said.find("another history"), std::string::npos) << said;
  }
  /// The stream of the new server is followed as any other.
  void expect_it_goes_on(const feed::ChangeLog& log, const RunningPipeline& pipeline, std::uint64_t from) {
    const auto streamed_from = log.high_watermark();
    play(from, from + 15);
    ASSERT_TRUE(caught_up(pipeline));
    EXPECT_GT(log.high_watermark(), streamed_from);
    for (const auto& change : history(log, streamed_from)) EXPECT_NE(change.origin, feed::Origin::kResnapshot) << named(change);
    expect_feed_is_up_to_date(log);
  }
  /// The pipeline is away while the primary goes on and is lost.
  void expect_a_failover_while_away(const std::function<void()>& before_the_start) {
    feed::MemoryChangeLog log;
    {
      const auto pipeline = start_following(log);
      ASSERT_TRUE(caught_up(*pipeline));
      play(0, 20);
      ASSERT_TRUE(caught_up(*pipeline));
    }
    const auto known = newest(log);
    const auto from = log.high_watermark();
    play(20, 35);
    wait_for_standby();
    fail_over();
    play(35, 45);
    before_the_start();
    const auto pipeline = start_following(log);
    ASSERT_TRUE(caught_up(*pipeline));
    expect_differences_only(log, from, known);
    expect_it_goes_on(log, *pipeline, 45);
  }

  std::unique_ptr<PostgresServer> standby_;

 private:
  std::unique_ptr<PostgresServer> lost_;
  std::mutex mutex_;  // server_, while a pipeline follows it
};

// PostgreSQL 15 hands no logical slots on: the promoted standby has none.
TEST_F(PostgresFailover, APromotedStandbyIsReadAnewAndTellsWhatDiffers) {
  expect_a_failover_while_away([] {});
}

// A slot of our name made there by hand knows nothing of what was missed: it is the other timeline that tells.
TEST_F(PostgresFailover, ASlotMadeOnThePromotedStandbyIsNotTakenForOurs) {
  expect_a_failover_while_away([this] { server_->value("SELECT pg_create_logical_replication_slot('slot_first', 'pgoutput')", "site"); });
}

// The standby was behind: what we have told already is not there any more, and is taken back.
TEST_F(PostgresFailover, WhatThePrimaryDidNotHandOnIsTakenBackUnderARunningPipeline) {
  feed::MemoryChangeLog log;
  const auto pipeline = start_following(log);
  play(0, 20);
  ASSERT_TRUE(caught_up(*pipeline));
  wait_for_standby();
  standby_->stop();
  play(20, 40);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto known = newest(log);
  const auto from = log.high_watermark();
  site_.reset();
  server_->kill();
  ASSERT_TRUE(pipeline->until([](const auto& s) { return s.phase == Phase::kWaiting; }));
  standby_->restart();  // there is nobody any more to tell it what it missed
  fail_over();
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kStreaming && !incidents_.detail("source_snapshot_again").empty(); }));
  ASSERT_TRUE(caught_up(*pipeline));
  expect_differences_only(log, from, known);
  expect_it_goes_on(log, *pipeline, 40);
}

}  // namespace
