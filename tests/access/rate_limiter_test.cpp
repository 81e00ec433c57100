#include "access/rate_limiter.h"

#include <gtest/gtest.h>

#include "tests/access/manual_clock.h"

namespace {

using namespace std::chrono_literals;
using trust::RateLimiter;

struct RateLimits : ::testing::Test {
  test::ManualClock clock;
  RateLimiter limiter{clock, {.requests = 3, .window = 60s}};
};

TEST_F(RateLimits, ExactlyTheLimitPassesPerWindow) {
  for (const unsigned left : {2u, 1u, 0u}) {
    const auto decision = limiter.before_authentication("1.2.3.4", "/agents/v1/health");
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.remaining, left);
    EXPECT_EQ(decision.limit, 3u);
  }
  const auto refused = limiter.before_authentication("1.2.3.4", "/agents/v1/health");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.remaining, 0u);
  EXPECT_EQ(refused.reset_epoch, engine::unix_seconds(clock.start) + 60);
}

TEST_F(RateLimits, ANewWindowStartsAtAMultipleOfItsLength) {
  clock.advance(59s);
  for (int i = 0; i < 4; ++i) (void)limiter.before_authentication("a", "/x");
  EXPECT_FALSE(limiter.before_authentication("a", "/x").allowed);
  clock.advance(999ms);
  EXPECT_FALSE(limiter.before_authentication("a", "/x").allowed);
  clock.advance(1ms);
  const auto fresh = limiter.before_authentication("a", "/x");
  EXPECT_TRUE(fresh.allowed);
  EXPECT_EQ(fresh.remaining, 2u);
  EXPECT_EQ(fresh.reset_epoch, engine::unix_seconds(clock.start) + 120);
}

TEST_F(RateLimits, SlashesAtTheEndsOfARouteDoNotCount) {
  (void)limiter.before_authentication("a", "/agents/v1/health");
  EXPECT_EQ(limiter.before_authentication("a", "/agents/v1/health/").remaining, 1u);
}

TEST_F(RateLimits, AddressRoutePrincipalAndStageAreCountedApart) {
  EXPECT_EQ(limiter.before_authentication("a", "/x").remaining, 2u);
  EXPECT_EQ(limiter.before_authentication("b", "/x").remaining, 2u);
  EXPECT_EQ(limiter.before_authentication("a", "/y").remaining, 2u);
  EXPECT_EQ(limiter.after_authentication("a", "/x", "p").remaining, 2u);
  EXPECT_EQ(limiter.after_authentication("a", "/x", "q").remaining, 2u);
  EXPECT_EQ(limiter.after_authentication("a", "/x", "q").remaining, 1u);
}

TEST(RateLimitFlood, MemoryIsBoundedNewIdentitiesAreRefusedAndKnownOnesGoOn) {
  test::ManualClock clock;
  RateLimiter limiter(clock, {.requests = 10, .window = 60s}, 1024);
  ASSERT_TRUE(limiter.before_authentication("known", "/x").allowed);
  unsigned refused = 0;
  for (int i = 0; i < 20000; ++i) refused += limiter.before_authentication("flood" + std::to_string(i), "/x").allowed ? 0 : 1;
  EXPECT_LE(limiter.identities(), 1024u);
  EXPECT_GE(refused, 20000u - 1024u);
  EXPECT_TRUE(limiter.before_authentication("known", "/x").allowed);
  clock.advance(60s);
  EXPECT_TRUE(limiter.before_authentication("flood19999", "/x").allowed);
}

}  // namespace
