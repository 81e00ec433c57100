// The contract of ChangeLog and RecordLog, over every implementation.
#include "feed/change_log.h"

#include "tests/feed/log_fixtures.h"

namespace feed {
namespace {
using engine::Errc;
using engine::store::ReadFrom;

template <class Kind>
class ChangeLogContract : public ::testing::Test {
 protected:
  RecordLog& log() { return kind_.log(); }
  void append(std::vector<Change> changes) { ASSERT_TRUE(log().append(changes, position(++sequence_))); }
  std::uint64_t superseded_by(Offset offset) {
    std::uint64_t by = 0;
    EXPECT_TRUE(log().scan({offset, Offset{offset.value + 1}}, ReadFrom::kAnywhere, [&](const RecordRef& record) {
      by = record.superseded_by.value;
      return true;
    }));
    return by;
  }
  Kind kind_;
  std::uint64_t sequence_ = 0;
};
TYPED_TEST_SUITE(ChangeLogContract, LogKinds);

TYPED_TEST(ChangeLogContract, AnEmptyLogStartsAtOne) {
  EXPECT_EQ(this->log().first_offset(), Offset{1});
  EXPECT_EQ(this->log().high_watermark(), Offset{1});
  EXPECT_TRUE(this->log().read(Offset{1}, 1000).value().empty());
  EXPECT_EQ(this->log().log_id().size(), 16u);
}

TYPED_TEST(ChangeLogContract, OffsetsAreDenseAndChangesReadBack) {
  const std::vector<Change> first{change("entry", "1", 10), change("entry", "2", 10)};
  EXPECT_EQ(this->log().append(first, position(1)).value(), Offset{1});
  EXPECT_EQ(this->log().append(std::vector{tombstone("entry", "1", 11)}, position(2)).value(), Offset{3});
  const auto read = this->log().read(Offset{1}, 1 << 20).value();
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[0].change, first[0]);
  EXPECT_EQ(read[1].change, first[1]);
  EXPECT_EQ(read[2].change, tombstone("entry", "1", 11));
  EXPECT_EQ(read[2].offset, Offset{3});
  EXPECT_EQ(this->log().read_one(Offset{2}).value().change, first[1]);
  EXPECT_EQ(this->log().read_one(Offset{4}).error().code, Errc::kNotFound);
}

TYPED_TEST(ChangeLogContract, ReadGivesAtLeastOneAndStopsAtItsBytes) {
  const std::string body(500, 'a');
  this->append({change("entry", "1", 1, body), change("entry", "2", 1, body), change("entry", "3", 1, body)});
  EXPECT_EQ(this->log().read(Offset{1}, 1).value().size(), 1u);
  EXPECT_EQ(this->log().read(Offset{1}, 2500).value().size(), 2u);
  EXPECT_EQ(this->log().read(Offset{3}, 100000).value().size(), 1u);
}

TYPED_TEST(ChangeLogContract, AnEmptyBatchOnlyMovesThePosition) {
  this->append({change("entry", "1", 1)});
  EXPECT_EQ(this->log().append({}, position(9)).value(), Offset{2});
  EXPECT_EQ(this->log().high_watermark(), Offset{2});
  EXPECT_EQ(this->log().position("source").value(), position(9));
  EXPECT_EQ(this->log().position("other").value(), std::nullopt);
}

TYPED_TEST(ChangeLogContract, APositionThatGoesBackIsAConflictAndChangesNothing) {
  ASSERT_TRUE(this->log().append(std::vector{change("entry", "1", 1)}, position(5)));
  EXPECT_EQ(this->log().append(std::vector{change("entry", "2", 1)}, position(4)).error().code, Errc::kConflict);
  EXPECT_EQ(this->log().high_watermark(), Offset{2});
  EXPECT_EQ(this->log().position("source").value(), position(5));
}

TYPED_TEST(ChangeLogContract, LatestIsTheNewestVersion) {
  EXPECT_FALSE(this->log().latest({"entry", "1"}).value());
  this->append({change("entry", "1", 10, "a"), change("entry", "1", 11, "b")});
  const auto latest = this->log().latest({"entry", "1"}).value();
  ASSERT_TRUE(latest);
  EXPECT_EQ(latest->offset, Offset{2});
  EXPECT_EQ(latest->updated_at, at(11));
  EXPECT_EQ(latest->content_hash, "b");
  EXPECT_FALSE(latest->tombstone);
  this->append({tombstone("entry", "1", 12)});
  EXPECT_TRUE(this->log().latest({"entry", "1"}).value()->tombstone);
}

TYPED_TEST(ChangeLogContract, LiveResourcesOfOneTypeComeInKeyOrder) {
  this->append({change("entry", "2", 1), change("entry", "1", 1), change("entrytype", "1", 1), change("entry", "3", 1), tombstone("entry", "3", 2)});
  std::string ids;
  ASSERT_TRUE(this->log().for_each_live("entry", [&](const ResourceKey& key, const Latest&) { ids += key.id; }));
  EXPECT_EQ(ids, "12");
}

TYPED_TEST(ChangeLogContract, AScanKnowsWhatSupersededWhat) {
  this->append({change("entry", "1", 1), change("entry", "1", 2), change("entry", "2", 2)});
  this->append({change("entry", "2", 3)});
  EXPECT_EQ(this->superseded_by(Offset{1}), 2u);
  EXPECT_EQ(this->superseded_by(Offset{2}), kNotSuperseded.value);
  EXPECT_EQ(this->superseded_by(Offset{3}), 4u);
}

TYPED_TEST(ChangeLogContract, AScanStopsWhereToldAndIsCutToTheWatermark) {
  for (int i = 0; i < 40; ++i) this->append({change("entry", std::to_string(i), i)});
  const auto stop_at_seven = [](const RecordRef& record) { return record.offset != Offset{7}; };
  EXPECT_EQ(this->log().scan({Offset{3}, Offset{20}}, ReadFrom::kAnywhere, stop_at_seven).value(), Offset{7});
  EXPECT_EQ(this->log().scan({Offset{8}, Offset{2000}}, ReadFrom::kAnywhere, stop_at_seven).value(), Offset{41});
}

TYPED_TEST(ChangeLogContract, StagedChangesAppearWithTheAppendThatEndsTheirTransaction) {
  this->append({change("entry", "1", 1)});
  ASSERT_TRUE(this->log().append_part(std::vector{change("entry", "1", 2), change("entry", "2", 2)}));
  ASSERT_TRUE(this->log().append_part(std::vector{change("entry", "1", 3)}));
  EXPECT_EQ(this->log().high_watermark(), Offset{2});
  EXPECT_EQ(this->log().read(Offset{1}, 100000).value().size(), 1u);
  EXPECT_EQ(this->log().read_one(Offset{2}).error().code, Errc::kNotFound);
  EXPECT_EQ(this->log().latest({"entry", "1"}).value()->offset, Offset{1});
  EXPECT_EQ(this->superseded_by(Offset{1}), kNotSuperseded.value);

  EXPECT_EQ(this->log().append(std::vector{change("entry", "3", 2)}, position(2)).value(), Offset{2});
  EXPECT_EQ(this->log().high_watermark(), Offset{6});
  EXPECT_EQ(this->log().read(Offset{1}, 100000).value().size(), 5u);
  EXPECT_EQ(this->log().latest({"entry", "1"}).value()->offset, Offset{4});
  EXPECT_EQ(this->superseded_by(Offset{1}), 2u);
  EXPECT_EQ(this->superseded_by(Offset{2}), 4u);
}

TYPED_TEST(ChangeLogContract, DroppedStagedChangesLeaveNothing) {
  this->append({change("entry", "1", 1)});
  ASSERT_TRUE(this->log().append_part(std::vector{change("entry", "1", 2), change("entry", "2", 2)}));
  ASSERT_TRUE(this->log().drop_staged());
  this->append({change("entry", "3", 3)});
  const auto read = this->log().read(Offset{1}, 100000).value();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].change, change("entry", "3", 3));
  EXPECT_FALSE(this->log().latest({"entry", "2"}).value());
}

TYPED_TEST(ChangeLogContract, ListenersHearOfEachCommitThatMovedTheWatermark) {
  std::vector<std::uint64_t> heard;
  this->log().on_append([&](Offset high) { heard.push_back(high.value); });
  this->append({change("entry", "1", 1), change("entry", "2", 1)});
  this->append({});
  ASSERT_TRUE(this->log().append_part(std::vector{change("entry", "3", 1)}));
  this->append({});
  EXPECT_EQ(heard, (std::vector<std::uint64_t>{3, 4}));
}

TYPED_TEST(ChangeLogContract, RetentionDropsOldVersionsByAgeAndKeepsTheNewestAndTombstones) {
  this->append({change("entry", "1", 10), change("entry", "2", 10), change("entry", "1", 20), tombstone("entry", "2", 20), change("entry", "1", 100)});
  EXPECT_EQ(this->log().retain({std::chrono::seconds{50}, 0}, Offset{100}, at(100)).value(), 3u);
  EXPECT_EQ(this->log().first_offset(), Offset{4});
  EXPECT_EQ(this->log().read(Offset{3}, 1000).error().code, Errc::kExpired);
  EXPECT_EQ(this->log().read_one(Offset{1}).error().code, Errc::kNotFound);
  EXPECT_EQ(this->log().read(Offset{4}, 100000).value().size(), 2u);
}

TYPED_TEST(ChangeLogContract, RetentionNeverPassesTheFloor) {
  this->append({change("entry", "1", 10), change("entry", "1", 11), change("entry", "1", 12), change("entry", "1", 13)});
  EXPECT_EQ(this->log().retain({std::chrono::seconds{1}, 0}, Offset{2}, at(1000)).value(), 1u);
  EXPECT_EQ(this->log().first_offset(), Offset{2});
  EXPECT_EQ(this->log().read(Offset{2}, 100000).value().size(), 3u);
}

TYPED_TEST(ChangeLogContract, RetentionBySizeDropsTheOldestFirst) {
  for (int i = 0; i < 10; ++i) this->append({change("entry", "1", i, std::string(1000, 'x'))});
  const auto removed = this->log().retain({std::chrono::seconds{0}, 5500}, Offset{100}, at(1000)).value();
  EXPECT_GE(removed, 4u);
  EXPECT_LE(removed, 8u);
  EXPECT_EQ(this->log().first_offset(), Offset{removed + 1});
  EXPECT_EQ(this->log().retain({}, Offset{100}, at(1000)).value(), 0u);
}

// What only a durable log can show.

TEST(RocksChangeLog, EverythingCommittedIsThereAfterReopening) {
  RocksLog rocks;
  const auto id = rocks.log().log_id();
  const std::string key(rocks.log().cursor_key().reveal());
  ASSERT_TRUE(rocks.log().append(std::vector{change("entry", "1", 1), change("entry", "1", 2)}, position(7)));
  ASSERT_TRUE(rocks.log().retain({std::chrono::seconds{1}, 0}, Offset{100}, at(1000)));
  rocks.reopen();
  EXPECT_EQ(rocks.log().log_id(), id);
  EXPECT_EQ(rocks.log().cursor_key().reveal(), key);
  EXPECT_EQ(rocks.log().high_watermark(), Offset{3});
  EXPECT_EQ(rocks.log().first_offset(), Offset{2});
  EXPECT_EQ(rocks.log().position("source").value(), position(7));
  EXPECT_EQ(rocks.log().read(Offset{2}, 1000).value().at(0).change, change("entry", "1", 2));
  EXPECT_EQ(rocks.log().latest({"entry", "1"}).value()->offset, Offset{2});
}

TEST(RocksChangeLog, AnUnfinishedTailIsDroppedOnOpen) {
  RocksLog rocks;
  ASSERT_TRUE(rocks.log().append(std::vector{change("entry", "1", 1)}, position(1)));
  ASSERT_TRUE(rocks.log().append_part(std::vector{change("entry", "1", 2), change("entry", "2", 2)}));
  rocks.reopen();
  EXPECT_EQ(rocks.log().high_watermark(), Offset{2});
  EXPECT_EQ(rocks.log().position("source").value(), position(1));
  ASSERT_TRUE(rocks.log().append(std::vector{change("entry", "9", 3)}, position(2)));
  rocks.reopen();
  const auto read = rocks.log().read(Offset{1}, 100000).value();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[1].change, change("entry", "9", 3));
}

TEST(RocksChangeLog, SupersessionsOlderThanTheTailAreKnownAfterReopening) {
  RocksLog rocks;
  ASSERT_TRUE(rocks.log().append(std::vector{change("entry", "1", 1), change("entry", "1", 2)}, position(1)));
  rocks.reopen();
  std::vector<Offset> by;
  ASSERT_TRUE(rocks.log().scan({Offset{1}, Offset{3}}, ReadFrom::kCacheOnly, [&](const RecordRef& record) {
    by.push_back(record.superseded_by);
    return true;
  }));
  EXPECT_EQ(by, (std::vector{Offset{2}, kNotSuperseded}));
}

TEST(RocksChangeLog, DamageInARecordIsMalformedAndNotSilence) {
  RocksLog rocks(0);
  ASSERT_TRUE(rocks.log().append(std::vector{change("entry", "1", 1)}, position(1)));
  engine::store::Batch batch;
  batch.put(rocks.store().family(kChangesFamily), encode(ChangeKey{Partition{0}, Offset{1}}), "\1nonsense");
  ASSERT_TRUE(rocks.store().write(batch, engine::store::Durability::kBuffered));
  EXPECT_EQ(rocks.log().read(Offset{1}, 1000).error().code, Errc::kMalformed);
  EXPECT_EQ(rocks.log().read_one(Offset{1}).error().code, Errc::kMalformed);
}

}  // namespace
}  // namespace feed
