// Tables that change their shape under a running stream.

#include "tests/connectors/servers/pipeline_site.h"

namespace {

using namespace test;

class PipelineShape : public PipelineSite {
 protected:
  /// Steps, the statement, steps again; the pipeline running all the time.
  void expect_unharmed_by(const std::string& statement) {
    SCOPED_TRACE(statement);
    feed::MemoryChangeLog log;
    const auto mirror = "mirror" + std::to_string(++runs_);
    const auto pipeline = start(log, mirror);
    ASSERT_TRUE(caught_up(*pipeline));
    play(steps_, steps_ + 10);
    advance(1s);
    sql(statement);
    play(steps_ + 10, steps_ + 20);
    steps_ += 20;
    ASSERT_TRUE(caught_up(*pipeline));
    expect_feed_is_up_to_date(log);
    EXPECT_TRUE(incidents_.open().empty());
  }
  int runs_ = 0;
  std::uint64_t steps_ = 0;
};

TEST_F(PipelineShape, ColumnsNobodyReadsComeAndGoUnnoticed) {
  feed::MemoryChangeLog witness_log(1), log(1);
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 10);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = log.high_watermark();
  sql("ALTER TABLE entries ADD COLUMN note varchar(40) NOT NULL DEFAULT 'none' AFTER id");
  sql("ALTER TABLE elements ADD COLUMN note int NULL FIRST");
  sql("UPDATE entries SET note = 'seen'");
  sql("ALTER TABLE entries DROP COLUMN note");
  sql("ALTER TABLE commerce_orders ADD KEY by_reference (reference)");
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_EQ(log.high_watermark(), before);
  play(10, 30);
  ASSERT_TRUE(caught_up(*pipeline));
  for (const auto& change : history(log, before)) EXPECT_EQ(change.origin, feed::Origin::kStream) << named(change);
  expect_feed_is_up_to_date(log);
  EXPECT_TRUE(incidents_.open().empty());
}

TEST_F(PipelineShape, ChangedColumnsThatDocumentsReadLoseNothing) {
  expect_unharmed_by("ALTER TABLE elements_sites MODIFY title text NULL");
  expect_unharmed_by("ALTER TABLE commerce_purchasables_stores MODIFY minQty bigint NULL, MODIFY inventoryTracked smallint NOT NULL DEFAULT 1");
  expect_unharmed_by("ALTER TABLE sections CHANGE handle handle varchar(300) NOT NULL AFTER id");
  expect_unharmed_by("ALTER TABLE entries MODIFY postDate datetime(3) NULL");
}

TEST_F(PipelineShape, AColumnMadeAnewBringsItsDefaultIntoEveryDocument) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = log.high_watermark();
  advance(1s);
  sql("ALTER TABLE sections DROP COLUMN handle, ADD COLUMN handle varchar(255) NOT NULL DEFAULT 'anew'");
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_GT(log.high_watermark().value, before.value + 20);
  for (const auto& change : history(log, before)) {
    EXPECT_NE(change.parts.list.find(change.key.type == "section" ? "\"handle\":\"anew\"" : "\"section\":\"anew\""), std::string::npos) << named(change);
  }
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineShape, ATableSwappedForAnotherIsReadAgain) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  advance(1s);
  sql("CREATE TABLE entries_authors_new LIKE entries_authors");
  sql("INSERT INTO entries_authors_new SELECT entryId, authorId, 5 FROM entries_authors WHERE entryId % 2 = 0");
  sql("RENAME TABLE entries_authors TO entries_authors_old, entries_authors_new TO entries_authors");
  play(0, 5);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineShape, ANeededColumnThatVanishesStopsTheSourceUntilItComesBack) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  play(0, 5);
  ASSERT_TRUE(caught_up(*pipeline));
  const auto before = log.high_watermark();
  sql("ALTER TABLE sections DROP COLUMN handle");
  sql("UPDATE elements_sites SET title = CONCAT(title, ' meanwhile') WHERE siteId = 1");
  ASSERT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kWaiting && has_incident("source_trouble", "handle"); }));
  EXPECT_TRUE(has_incident("source_trouble", "table sections lacks what the mapping needs: handle"));
  EXPECT_EQ(log.high_watermark(), before) << "nothing is guessed";
  EXPECT_TRUE(pipeline->status().serving) << "what is known goes on being served";
  advance(60s);
  sql("ALTER TABLE sections ADD COLUMN handle varchar(255) NOT NULL DEFAULT 'back'");
  ASSERT_TRUE(caught_up(*pipeline));
  EXPECT_TRUE(incidents_.open().empty());
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineShape, ADroppedTableLeavesItsDocumentsAndItsReturnBringsThemBack) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  advance(1s);
  sql("CREATE TABLE kept AS SELECT * FROM tags");
  sql("DROP TABLE tags");
  play(0, 5);
  ASSERT_TRUE(caught_up(*pipeline));
  sql("CREATE TABLE tags (id int NOT NULL PRIMARY KEY, groupId int NOT NULL, deletedWithGroup tinyint(1) NULL, dateCreated datetime NOT NULL, dateUpdated datetime NOT NULL)");
  sql("INSERT INTO tags SELECT * FROM kept");
  play(5, 10);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineShape, NewForeignKeysCascadeFromThenOn) {
  feed::MemoryChangeLog log;
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  advance(1s);
  sql("ALTER TABLE commerce_site_stores ADD CONSTRAINT fk_of_now FOREIGN KEY (storeId) REFERENCES commerce_stores (id) ON DELETE CASCADE");
  sql("ALTER TABLE entries DROP FOREIGN KEY fk_entries_section");
  sql("DELETE FROM sections WHERE id = 1");
  sql("DELETE FROM elements WHERE id IN (SELECT id FROM commerce_variants WHERE id % 3 = 0)");
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
}

}  // namespace
