#include <gtest/gtest.h>

#include "delivery/concurrency.h"
#include "delivery/retry_policy.h"
#include "delivery/token_bucket.h"
#include "tests/delivery/stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::answers;
using test::Arrival;
using test::Stage;

const engine::MonoTime kStart{1000h};

TEST(Concurrency, HalvesOncePerBurstAndGrowsByOnePerRound) {
  Concurrency limit(16);
  EXPECT_EQ(limit.limit(), 4u);
  limit.succeeded(1);
  EXPECT_EQ(limit.limit(), 4u);
  for (int i = 0; i < 12; ++i) limit.succeeded(limit.limit());
  EXPECT_EQ(limit.limit(), 16u) << "it doubles per round at first";
  for (int i = 0; i < 16; ++i) limit.overloaded(kStart);
  EXPECT_EQ(limit.limit(), 8u) << "the answers to one burst count once";
  limit.overloaded(kStart + 2s);
  EXPECT_EQ(limit.limit(), 4u);
  for (int i = 0; i < 3; ++i) limit.succeeded(4);
  EXPECT_EQ(limit.limit(), 4u);
  limit.succeeded(4);
  EXPECT_EQ(limit.limit(), 5u);
  for (int i = 0; i < 100; ++i) limit.succeeded(1);
  EXPECT_EQ(limit.limit(), 5u) << "what is not used up is not raised";
  for (int i = 0; i < 1000; ++i) limit.succeeded(16);
  EXPECT_EQ(limit.limit(), 16u);
  for (int i = 0; i < 10; ++i) limit.overloaded(kStart + 10s + i * 2s);
  EXPECT_EQ(limit.limit(), 1u);
}

TEST(TokenBucket, AllowsABurstAndThenItsRate) {
  TokenBucket bucket(10, 3);
  auto now = kStart;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(bucket.may_take(now));
    bucket.take(now);
  }
  EXPECT_FALSE(bucket.may_take(now));
  const auto next = bucket.next(now);
  EXPECT_EQ(next, now + 100ms);
  EXPECT_TRUE(bucket.may_take(next));
  bucket.take(next);
  EXPECT_FALSE(bucket.may_take(next));
  now = next + 1h;
  for (int i = 0; i < 3; ++i) bucket.take(now);
  EXPECT_FALSE(bucket.may_take(now)) << "no more than the burst is saved up";
}

TEST(RetryPolicy, ADeclaredScheduleBoundsEachWait) {
  RetryPolicy policy;
  policy.max_attempts = 5;
  policy.schedule = {5s, 5min, 24h};
  std::mt19937_64 random(1);
  Outcome outcome;
  outcome.status = 500;
  std::vector<milliseconds> longest(5);
  for (int i = 0; i < 2000; ++i) {
    for (unsigned n = 1; n < 5; ++n) {
      const auto verdict = judge(policy, {n, false, 0ms}, outcome, random);
      ASSERT_EQ(verdict.kind, Verdict::Kind::kRetry);
      longest[n] = std::max(longest[n], verdict.delay);
    }
  }
  EXPECT_LE(longest[1], 5s);
  EXPECT_GT(longest[1], 4s);
  EXPECT_LE(longest[2], 5min);
  EXPECT_GT(longest[3], 23h);
  EXPECT_LE(longest[4], 24h) << "the last one goes on";
}

TEST(Dispatcher, ItsRateIsKept) {
  Stage stage;
  stage.stop();
  stage.config.rate = 5;
  stage.config.burst = 2;
  stage.start();
  std::vector<std::string> resources;
  for (int i = 0; i < 100; ++i) resources.push_back("entry/" + std::to_string(i));
  stage.append(resources);
  stage.run_for(10ms);
  EXPECT_EQ(stage.transport.arrivals.size(), 2u);
  stage.run_for(10s);
  EXPECT_GE(stage.transport.arrivals.size(), 50u);
  EXPECT_LE(stage.transport.arrivals.size(), 53u);
  stage.run_for(11s);
  EXPECT_EQ(stage.transport.accepted().size(), 100u);
}

TEST(Dispatcher, EasesOffWhereTheReceiverSaysTooMuchAndComesBack) {
  bool busy = true;
  Stage stage([&](const Arrival&) { return busy ? answers(503) : test::Act{200, {}, 20ms, {}}; });
  stage.stop();
  stage.config.retry.max_attempts = 10;
  stage.config.retry.floor = stage.config.retry.base = 500ms;
  stage.config.breaker.failures = 10'000;
  stage.start();
  std::vector<std::string> resources;
  for (int i = 0; i < 400; ++i) resources.push_back("entry/" + std::to_string(i));
  stage.append(resources);
  stage.run_for(1100ms);
  EXPECT_LE(stage.dispatcher->stats().concurrency, 2u);
  busy = false;
  stage.run_for(1h);
  EXPECT_EQ(stage.transport.accepted().size(), 400u);
  EXPECT_EQ(stage.dispatcher->stats().concurrency, 16u);
}

}  // namespace
}  // namespace delivery
