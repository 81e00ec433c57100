#include "delivery/lane_set.h"

#include <gtest/gtest.h>

namespace delivery {
namespace {

constexpr DeadLetterId kLetter{7};

Job job(std::uint64_t offset) {
  Job made;
  made.offset = feed::Offset{offset};
  made.body = "{}";
  return made;
}

// Between the stored outcome of a replay and settle() an operator may ask again.
TEST(LaneSet, AReplayAskedForWhileItIsOutGoesOnceMore) {
  LaneSet lanes({feed::Offset{1}, 0});
  lanes.add_replay(kLetter);
  auto first = lanes.take();
  lanes.add_replay(kLetter);
  lanes.add_replay(kLetter);
  EXPECT_FALSE(lanes.has_ready());
  lanes.settle(std::move(first));
  ASSERT_EQ(lanes.ready(), 1u);
  EXPECT_EQ(lanes.replays(), 1u);
  auto second = lanes.take();
  EXPECT_EQ(second.job.replay, kLetter);
  lanes.settle(std::move(second));
  EXPECT_FALSE(lanes.has_ready());
  EXPECT_EQ(lanes.replays(), 0u);
}

TEST(LaneSet, AReplayThatWaitsIsNotAddedTwice) {
  LaneSet lanes({feed::Offset{1}, 0});
  lanes.add_replay(kLetter);
  lanes.add_replay(kLetter);
  EXPECT_EQ(lanes.ready(), 1u);
  lanes.settle(lanes.take());
  EXPECT_FALSE(lanes.has_ready());
}

TEST(LaneSet, AProbeIsWhatWasNeverTriedThenWhatWaitedLongest) {
  LaneSet lanes({feed::Offset{1}, 0});
  for (std::uint64_t i = 1; i <= 2; ++i) lanes.add("entry", std::to_string(i), job(i));
  for (int i = 0; i < 2; ++i) {
    auto failed = lanes.take();
    failed.job.tried = true;
    lanes.put_back(std::move(failed));
  }
  lanes.add("entry", "3", job(3));
  auto probe = lanes.take_probe();
  EXPECT_EQ(probe.resource().id, "3");
  probe.job.tried = true;
  lanes.put_back(std::move(probe));
  EXPECT_EQ(lanes.take_probe().resource().id, "1");
  EXPECT_EQ(lanes.take().resource().id, "2");
}

TEST(LaneSet, WhatIsDoneBeyondTheCursorIsDoneInTheNextLife) {
  LaneSet lanes({feed::Offset{1}, 0});
  for (std::uint64_t i = 1; i <= 4; ++i) lanes.add("entry", std::to_string(i), job(i));
  auto hangs = lanes.take();
  lanes.park(lanes.take(), {}, {});
  lanes.settle(lanes.take());
  const Progress stored = lanes.progress_to_store();
  EXPECT_EQ(stored, (Progress{feed::Offset{1}, 0, {feed::Offset{2}, feed::Offset{3}}}));
  EXPECT_EQ(lanes.progress(), (Progress{feed::Offset{1}, 0}));
  const auto rows = lanes.take_rows();
  lanes.settle(std::move(hangs));
  EXPECT_EQ(lanes.progress_to_store(), (Progress{feed::Offset{4}, 3})) << "nothing is said twice";

  LaneSet next(stored);
  next.restore(*rows.at(feed::Offset{2}), {});
  EXPECT_EQ(next.progress_to_store(), stored) << "nothing has been read again";
  for (std::uint64_t i = 1; i <= 4; ++i) next.add("entry", std::to_string(i), job(i));
  hangs = next.take();
  EXPECT_EQ(hangs.job.offset, feed::Offset{1});
  auto last = next.take();
  EXPECT_EQ(last.job.offset, feed::Offset{4});
  EXPECT_EQ(last.job.sequence, 4u);
  next.ring({});
  next.settle(next.take());
  EXPECT_FALSE(next.has_ready());
  EXPECT_EQ(next.progress_to_store(), stored) << "parked before, delivered now";
  next.settle(std::move(last));
  next.settle(std::move(hangs));
  EXPECT_EQ(next.progress_to_store(), (Progress{feed::Offset{5}, 4}));
}

}  // namespace
}  // namespace delivery
