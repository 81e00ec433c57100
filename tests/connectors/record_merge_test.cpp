// Records of many partitions in one order, whatever order they are read in.

#include <gtest/gtest.h>

#include "connectors/kafka/record_merge.h"
#include "tests/connectors/mirror_test_rows.h"

namespace {

using namespace connectors;
using namespace test;
using namespace std::chrono_literals;

class MergedRecords : public ::testing::Test {
 protected:
  MergedRecords() : merge_(settings()) {
    merge_.start(100);
    for (int i = 0; i < 3; ++i) lanes_.push_back(merge_.add_lane({"t", i}, 0, 0));
  }
  static MergeSettings settings() {
    MergeSettings made;
    made.source = "cms";
    made.patience = 5s;
    return made;
  }
  /// A row that names itself: "id" at place `position` of the log, in transaction `transaction`.
  void push(std::size_t lane, std::int64_t offset, int id, std::uint64_t position, const std::string& transaction, std::uint64_t order = 0) {
    DebeziumRecord record;
    record.row = inserted(table_, {number(id)});
    record.log_position = position;
    record.transaction = transaction;
    record.order = order;
    record.snapshot = transaction.empty();
    merge_.push(lanes_[lane], offset, std::move(record), 10);
  }
  void drain() {
    for (const auto lane : lanes_) merge_.set_drained(lane, true);
  }
  /// "1,2|3" : rows of each slice; a slice that does not end its transaction is followed by "-".
  std::string take_all() {
    std::string out;
    while (auto slice = merge_.take(now_)) {
      if (!out.empty() && out.back() != '-') out += "|";
      for (std::size_t i = 0; i < slice->rows.size(); ++i) out += (i > 0 ? "," : "") + std::to_string(std::get<std::int64_t>(slice->rows[i].after[0]));
      if (!slice->last) out += "-";
    }
    return out;
  }

  const TablePtr table_ = table("t", {"id"});
  RecordMerge merge_;
  std::vector<std::size_t> lanes_;
  engine::MonoTime now_{};
};

TEST_F(MergedRecords, GoByTheirPlaceAndStayTogetherByTransaction) {
  push(0, 0, 1, 10, "a");
  push(0, 1, 4, 40, "b");
  push(1, 0, 2, 20, "a");
  push(2, 0, 3, 30, "a");
  drain();
  EXPECT_EQ(take_all(), "1,2,3|4");
  EXPECT_EQ(merge_.position().sequence, 104u);
  EXPECT_TRUE(merge_.at_end());
}

TEST_F(MergedRecords, ALaneThatMayStillBringSomethingEarlierHoldsTheOthersBackForAWhile) {
  push(0, 0, 2, 20, "b");
  merge_.set_drained(lanes_[1], true);
  EXPECT_EQ(take_all(), "");
  push(2, 0, 1, 10, "a");
  EXPECT_EQ(take_all(), "1");
  EXPECT_EQ(take_all(), "") << "lane 2 may go on";
  now_ += 5s;
  EXPECT_EQ(take_all(), "2") << "but not for ever";
  push(0, 1, 3, 30, "c");
  EXPECT_EQ(take_all(), "3") << "once passed over, it does not delay again";
  push(2, 1, 4, 25, "d");
  merge_.set_drained(lanes_[0], true);
  merge_.set_drained(lanes_[2], true);
  EXPECT_EQ(take_all(), "4") << "it is heard again";
}

TEST_F(MergedRecords, PartsOfOneTransactionHaveIdsOfTheirOwn) {
  push(0, 0, 1, 10, "a");
  drain();
  const auto first = merge_.take(now_);
  push(0, 1, 2, 20, "a");
  drain();
  const auto second = merge_.take(now_);
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->transaction_id, second->transaction_id);
  EXPECT_LT(first->position.sequence, second->position.sequence);
}

// The log stands at offsets 2, 0, 1; the mirror behind it. What lies between comes first and gets no number beyond the log's, in any order of reading.
TEST_F(MergedRecords, WhatTheLogHoldsComesFirstAfterACrash) {
  merge_.logged({{{"t", 0}, 2}, {{"t", 1}, 0}, {{"t", 2}, 1}}, 103);
  push(1, 0, 9, 1, "early");  // before all others by its place, and new
  push(0, 0, 1, 10, "a");
  push(0, 1, 2, 20, "b");
  push(0, 2, 3, 30, "c");
  EXPECT_FALSE(merge_.take(now_)) << "lane 2 has not brought what the log holds of it";
  push(2, 0, 8, 5, "late");
  drain();
  std::vector<std::uint64_t> numbers;
  std::string order;
  while (auto slice = merge_.take(now_)) {
    numbers.push_back(slice->position.sequence);
    order += std::to_string(std::get<std::int64_t>(slice->rows[0].after[0])) + " ";
  }
  EXPECT_EQ(order, "8 1 2 9 3 ");
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{101, 102, 103, 104, 105}));
}

TEST_F(MergedRecords, LimitsAreReachedAcrossRecordsThatCompactionRemoved) {
  merge_.logged({{{"t", 0}, 5}}, 105);
  push(0, 0, 1, 10, "a");
  push(0, 7, 2, 20, "b");
  drain();
  EXPECT_EQ(take_all(), "1|2");
  EXPECT_EQ(merge_.position().sequence, 105u + 3u);
}

class MarkedRecords : public MergedRecords {
 protected:
  MarkedRecords() { mark_lane_ = merge_.add_mark_lane({"x", 0}, 0); }
  void mark(std::int64_t offset, const std::string& id, std::uint64_t events) {
    TransactionMark mark;
    mark.end = true;
    mark.id = id;
    merge_.push_mark(mark_lane_, offset, mark, events);
  }
  std::size_t mark_lane_ = 0;
};

TEST_F(MarkedRecords, WaitForAllThatTheMarkCounts) {
  push(0, 0, 1, 10, "a", 1);
  drain();
  EXPECT_EQ(take_all(), "") << "no mark yet";
  mark(0, "a", 3);
  EXPECT_EQ(take_all(), "1-");
  EXPECT_EQ(merge_.offsets().at({"t", 0}), 0) << "a transaction that is not whole is not behind us";
  push(2, 0, 3, 30, "a", 3);
  push(1, 0, 2, 20, "a", 2);
  EXPECT_EQ(take_all(), "2,3");
  EXPECT_EQ(merge_.offsets().at({"x", 0}), 1);
}

TEST_F(MarkedRecords, GoInTheOrderOfMarks) {
  push(1, 0, 2, 20, "b", 1);
  drain();
  mark(0, "a", 1);
  mark(1, "none of ours", 0);
  mark(2, "b", 1);
  EXPECT_EQ(take_all(), "") << "a comes first, though its record is not here yet";
  push(0, 0, 1, 10, "a", 1);
  drain();
  EXPECT_EQ(take_all(), "1|2");
  EXPECT_EQ(merge_.offsets().at({"x", 0}), 3);
}

TEST_F(MarkedRecords, AreNotWaitedForForEver) {
  push(0, 0, 1, 10, "a", 1);
  drain();
  mark(0, "a", 2);
  EXPECT_EQ(take_all(), "1-");
  now_ += 5s;
  const auto end = merge_.take(now_);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end->last && end->rows.empty());
  push(1, 0, 2, 20, "a", 2);
  drain();
  EXPECT_EQ(take_all(), "");
  now_ += 5s;
  EXPECT_EQ(take_all(), "2") << "what comes too late stands for itself";
}

TEST(KafkaPosition, IsReadAsItIsPrinted) {
  const KafkaOffsets offsets = {{{"shop.craft.a", 0}, 12}, {{"shop.craft.a", 11}, 0}, {{"shop.craft.b", 0}, 9'000'000'000}};
  EXPECT_EQ(print_offsets(offsets), "kafka;shop.craft.a:0=12,11=0;shop.craft.b:0=9000000000");
  EXPECT_EQ(parse_offsets(print_offsets(offsets)), offsets);
  EXPECT_EQ(parse_offsets("kafka"), KafkaOffsets{});
  for (const char* bad : {"", "gtid=1", "kafka;a", "kafka;a:", "kafka;a:0", "kafka;a:0=", "kafka;a:0=-1", "kafka;a:x=1", "kafka;:0=1", "kafka;a:0=1x"}) {
    EXPECT_EQ(parse_offsets(bad), std::nullopt) << bad;
  }
}

}  // namespace
