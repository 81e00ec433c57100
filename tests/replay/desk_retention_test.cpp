#include "replay/desk_retention.h"

#include <gtest/gtest.h>

#include "tests/replay/job_stage.h"

using namespace std::chrono_literals;

namespace replay {
namespace {

using delivery::DeadLetterId;
using delivery::DeadLetterStatus;

struct DeskRetentionTest : ::testing::Test {
  std::uint64_t sweep(std::chrono::hours keep = 24h) {
    DeskRetention retention({*stage.stage.letters, *stage.stage.attempts, *stage.audit, stage.stage.timers}, keep);
    return retention.sweep().value();
  }
  DeadLetterId delivered(std::uint64_t n) {
    const auto id = stage.bury(n);
    EXPECT_TRUE(letters().mark_delivered(id));
    return id;
  }
  delivery::DeadLetters& letters() { return *stage.stage.letters; }
  bool there(DeadLetterId id) { return letters().get(id).has_value(); }
  void later(std::chrono::hours how_much) { stage.stage.timers.advance(how_much); }
  std::vector<std::string> told() {
    std::vector<std::string> all;
    const auto rows = stage.audit->list({.category = "delivery.retention"}, 100).value();
    for (const auto& row : rows) all.push_back(row.event.metadata);
    return all;
  }
  test::JobStage stage;
};

TEST_F(DeskRetentionTest, WhatArrivedGoesAfterItsTimeAndIsCountedInTheAudit) {
  const auto failed = stage.bury(1);
  const auto waits = stage.bury(2);
  ASSERT_TRUE(letters().queue(waits));
  const auto old = delivered(3);
  const auto old_too = delivered(4);
  later(20h);
  const auto young = delivered(5);
  stage.bury(6);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(told().empty());
  later(5h);
  EXPECT_EQ(sweep(), 2u);
  EXPECT_FALSE(there(old) || there(old_too));
  EXPECT_TRUE(there(failed) && there(waits) && there(young)) << "only what arrived, and long ago";
  EXPECT_EQ(told(), (std::vector<std::string>{R"({"erased":2})"}));
  EXPECT_EQ(sweep(), 0u);
  EXPECT_EQ(sweep(0h), 0u) << "for ever";
}

TEST_F(DeskRetentionTest, NothingOfAnErasedLetterIsLeftAndItsEventMayFailAgain) {
  const auto old = delivered(1);
  stage.bury(2);
  later(25h);
  ASSERT_EQ(sweep(), 1u);
  const delivery::DeadLetterSearch search(letters());
  std::vector<delivery::DeadLetter> found;
  ASSERT_TRUE(search.list({}, {}, 10, found));
  EXPECT_EQ(found.size(), 1u);
  EXPECT_EQ(letters().list(std::nullopt, 10).value().size(), 1u);
  EXPECT_TRUE(letters().ids(DeadLetterStatus::kDelivered, {}, 10).value().empty());
  EXPECT_EQ(letters().first_since(stage.stage.timers.wall_now()).value(), DeadLetterId{3});
  EXPECT_EQ(letters().first_since(engine::WallTime{}).value(), DeadLetterId{1}) << "where a walk begins: that one has gone makes no difference";
  const auto again = stage.bury(1);
  EXPECT_EQ(again, DeadLetterId{3}) << "a letter of its own";
  EXPECT_FALSE(there(old));
}

TEST_F(DeskRetentionTest, AReplayedOneCountsFromItsArrivalAndOneThatFailedAgainStays) {
  const auto late = stage.bury(1);
  const auto back = delivered(2);
  stage.bury(3);
  later(25h);
  ASSERT_TRUE(letters().queue(back));
  ASSERT_TRUE(letters().mark_delivered(late));
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(there(late) && there(back));
}

TEST_F(DeskRetentionTest, IdsAreNeverGivenAgain) {
  const auto newest = delivered(1);
  later(48h);
  EXPECT_EQ(sweep(), 0u);
  EXPECT_TRUE(there(newest));
  stage.crash();
  EXPECT_EQ(stage.bury(2).value, newest.value + 1);
  EXPECT_EQ(sweep(), 1u);
}

TEST_F(DeskRetentionTest, MoreThanOneWriteHoldsIsErasedInSeveralWithARowEach) {
  for (std::uint64_t n = 1; n <= 700; ++n) delivered(n);
  stage.bury(701);
  later(25h);
  EXPECT_EQ(sweep(), 700u);
  EXPECT_EQ(told(), (std::vector<std::string>{R"({"erased":200})", R"({"erased":500})"}));
}

}  // namespace
}  // namespace replay
