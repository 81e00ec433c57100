#include <gtest/gtest.h>

#include "delivery/breaker.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using State = Breaker::State;
const engine::MonoTime kStart{std::chrono::hours(5)};

Breaker suspicious() {
  Breaker breaker(BreakerPolicy{});
  for (std::size_t key = 0; key < 5; ++key) breaker.failed(kStart, key);
  return breaker;
}

Breaker open_at_thirty_seconds() {
  Breaker breaker = suspicious();
  breaker.started(kStart + 30s);
  breaker.failed(kStart + 30s, 1);
  return breaker;
}

TEST(Breaker, OneFailingKeyNeverBlamesTheEndpoint) {
  Breaker breaker(BreakerPolicy{});
  for (int i = 0; i < 1000; ++i) breaker.failed(kStart + i * 1s, 42);
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_TRUE(breaker.may_start(kStart + 1000s, 3, 16));
}

TEST(Breaker, ASuccessInBetweenForgetsTheStreak) {
  Breaker breaker(BreakerPolicy{});
  for (std::size_t i = 0; i < 100; ++i) {
    breaker.failed(kStart + i * 1s, i);
    if (i % 4 == 3) breaker.succeeded();
  }
  EXPECT_EQ(breaker.state(), State::kClosed);
}

TEST(Breaker, FailuresOverSeveralKeysMakeItSuspectAndSlow) {
  const Breaker breaker = suspicious();
  EXPECT_EQ(breaker.state(), State::kSuspect);
  EXPECT_TRUE(breaker.blames_endpoint());
  EXPECT_FALSE(breaker.may_start(kStart + 999ms, 0, 16));
  EXPECT_TRUE(breaker.may_start(kStart + 1s, 0, 16));
  EXPECT_FALSE(breaker.may_start(kStart + 1s, 1, 16));
}

TEST(Breaker, OpensAfterHalfAMinuteAndProbesLessAndLessOften) {
  Breaker breaker = open_at_thirty_seconds();
  EXPECT_EQ(breaker.state(), State::kOpen);
  auto now = kStart + 30s;
  for (auto wait : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_FALSE(breaker.may_start(now + wait - 1ms, 0, 16));
    EXPECT_EQ(breaker.next_start(), now + wait);
    now += wait;
    ASSERT_TRUE(breaker.may_start(now, 0, 16));
    breaker.started(now);
    EXPECT_EQ(breaker.state(), State::kHalfOpen);
    EXPECT_FALSE(breaker.may_start(now + 1h, 0, 16)) << "one probe at a time";
    breaker.failed(now, 1);
    EXPECT_EQ(breaker.state(), State::kOpen);
  }
  EXPECT_EQ(breaker.failing_since(), kStart);
}

TEST(Breaker, AProbeThatArrivesClosesAndRampsUpSlowly) {
  Breaker breaker = open_at_thirty_seconds();
  breaker.started(kStart + 35s);
  breaker.succeeded();
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_EQ(breaker.failing_since(), std::nullopt);
  EXPECT_TRUE(breaker.may_start(kStart + 35s, 1, 16));
  EXPECT_FALSE(breaker.may_start(kStart + 35s, 2, 16));
  breaker.succeeded();
  EXPECT_TRUE(breaker.may_start(kStart + 35s, 2, 16));
  for (int i = 0; i < 20; ++i) breaker.succeeded();
  EXPECT_TRUE(breaker.may_start(kStart + 35s, 15, 16));
  EXPECT_FALSE(breaker.may_start(kStart + 35s, 16, 16));
}

TEST(Breaker, AProbeThatSentNothingMayBeFollowedByAnotherAtOnce) {
  Breaker breaker = open_at_thirty_seconds();
  breaker.started(kStart + 35s);
  breaker.abandoned(kStart + 35s);
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_TRUE(breaker.may_start(kStart + 35s, 0, 16));
}

}  // namespace
}  // namespace delivery
