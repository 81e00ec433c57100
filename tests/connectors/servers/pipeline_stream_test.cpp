// From a real MariaDB to the log: the first snapshot, and the stream behind it.

#include "tests/connectors/servers/pipeline_site.h"

namespace {

using namespace test;

class PipelineStream : public PipelineSite {};

TEST_F(PipelineStream, TheFirstSnapshotRendersTheDatabaseInTheContractsOrder) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_TRUE(pipeline->status().serving);
  expect_feed_shows_the_database(log);
  const auto changes = history(log);
  EXPECT_GT(changes.size(), 150u);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].origin, feed::Origin::kSnapshot);
    EXPECT_EQ(changes[i].webhook_action, feed::Action::kNone);
    if (i > 0) {
      EXPECT_LE(changes[i - 1].updated_at, changes[i].updated_at);
    }
  }
}

TEST_F(PipelineStream, RandomStepsEndWithTheFeedShowingTheDatabase) {
  for (const std::uint64_t start_at : {0u, 5000u}) {
    feed::MemoryChangeLog log(start_at);
    const auto pipeline = start(log, "mirror" + std::to_string(start_at));
    ASSERT_TRUE(caught_up(*pipeline));
    for (auto n = start_at; n < start_at + 150; n += 30) {
      play(n, n + 30);
      ASSERT_TRUE(caught_up(*pipeline));
      expect_feed_shows_the_database(log);
    }
    expect_feed_is_up_to_date(log);
  }
}

TEST_F(PipelineStream, RowsSavedWithoutAChangeAppendNothing) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = log.high_watermark();
  advance(5s);
  ASSERT_TRUE(site_->play("save_unchanged"));
  ASSERT_TRUE(site_->play("roll_back"));
  ASSERT_TRUE(site_->play("edit_other_site"));
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(log.high_watermark(), before);
}

TEST_F(PipelineStream, ATransactionThatCommitsLateIsNeverSkipped) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto entries = site_->sql().rows("SELECT n.id FROM entries n JOIN elements e ON e.id = n.id WHERE e.draftId IS NULL AND e.dateDeleted IS NULL ORDER BY n.id LIMIT 2");
  ASSERT_TRUE(entries);
  const auto early = *(*entries)[0][0], late = *(*entries)[1][0];
  const auto title = [](const std::string& id, const std::string& to) { return "UPDATE elements_sites SET title = '" + to + "' WHERE siteId = 1 AND elementId = " + id; };
  const auto touch = [](const std::string& id, int ahead) {
    return "UPDATE elements SET dateUpdated = UTC_TIMESTAMP() + INTERVAL " + std::to_string(ahead) + " SECOND WHERE id = " + id;
  };
  auto slow = open_site(*server_, 1);
  ASSERT_TRUE(slow);
  ASSERT_TRUE(slow->sql().run("START TRANSACTION"));
  ASSERT_TRUE(slow->sql().run(title(late, "begun first")));
  ASSERT_TRUE(slow->sql().run(touch(late, 1)));
  sql("START TRANSACTION");
  sql(title(early, "committed first"));
  sql(touch(early, 60));
  sql("COMMIT");
  ASSERT_TRUE(caught_up(*pipeline));
  const auto between = log.high_watermark();
  EXPECT_EQ(history(log).back().key.id, early);
  ASSERT_TRUE(slow->sql().run("COMMIT"));
  ASSERT_TRUE(caught_up(*pipeline));
  const auto after = history(log, between);
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].key.id, late);
  EXPECT_NE(after[0].parts.feed.find("begun first"), std::string::npos);
  EXPECT_LT(after[0].updated_at, history(log)[between.value - 2].updated_at) << "an updatedAt cursor would have skipped it";
}

TEST_F(PipelineStream, ATransactionBeyondTheLimitsIsStagedAndAppearsAtOnce) {
  feed::MemoryChangeLog log;
  std::vector<std::uint64_t> watermarks;
  log.on_append([&watermarks](feed::Offset watermark) { watermarks.push_back(watermark.value); });
  FaultyLog counted(log);
  auto limits = options("mirror");
  limits.limits.stage_bytes = 4096;
  limits.limits.render_at_once = 7;
  auto slices = source_options(71);
  slices.slice_bytes = 1024;
  const auto in_slices = [&slices](const std::set<std::string>& tables) {
    slices.tables = tables;
    return std::make_unique<connectors::MariaDbSource>(slices);
  };
  const RunningPipeline pipeline(in_slices, mapping_, counted, clock_, incidents_, limits);
  ASSERT_TRUE(caught_up(pipeline));
  EXPECT_EQ(watermarks.size(), 1u) << "the first snapshot appears at once";
  EXPECT_GT(counted.parts(), 10u);
  const auto parts = counted.parts();
  const auto before = log.high_watermark();
  advance(5s);
  sql("START TRANSACTION");
  sql("UPDATE elements SET dateUpdated = UTC_TIMESTAMP()");
  sql("UPDATE elements_sites SET title = CONCAT(COALESCE(title, ''), ' anew') WHERE siteId = 1");
  sql("COMMIT");
  ASSERT_TRUE(caught_up(pipeline));
  EXPECT_EQ(watermarks.size(), 2u);
  EXPECT_GT(counted.parts(), parts + 5);
  EXPECT_GT(log.high_watermark().value, before.value + 100);
  std::set<std::string> transactions;
  for (const auto& change : history(log, before)) transactions.insert(change.source_transaction);
  EXPECT_EQ(transactions.size(), 1u);
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineStream, ATruncatedTableTakesItsContentOutOfEveryDocument) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = log.high_watermark();
  advance(5s);
  sql("TRUNCATE TABLE entries_authors");
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(log.high_watermark().value, before.value + 20);
  for (const auto& change : history(log, before)) EXPECT_NE(change.parts.detail.find("\"authorId\":null"), std::string::npos) << named(change);
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineStream, CascadesReachEveryDocumentTheyTouch) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  advance(5s);
  sql("DELETE FROM sections WHERE id = 2");
  sql("DELETE FROM commerce_producttypes WHERE id = 1");
  sql("UPDATE sites SET id = 77 WHERE id = 2");
  sql("DELETE FROM entrytypes WHERE id = 2");
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

}  // namespace
