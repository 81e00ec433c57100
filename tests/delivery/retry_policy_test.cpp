#include <gtest/gtest.h>

#include "delivery/retry_policy.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using Kind = Verdict::Kind;

Outcome status(int code) { return {code, {}, {}, {}}; }
Outcome error(engine::Errc code) { return {0, code, "what happened", {}}; }

Verdict verdict(const Attempt& attempt, const Outcome& outcome, const RetryPolicy& policy = {}) {
  std::mt19937_64 random(1);
  return judge(policy, attempt, outcome, random);
}

TEST(RetryPolicy, OnlyTwoHundredsAreSuccess) {
  for (int code : {200, 204, 299}) EXPECT_EQ(verdict({}, status(code)).kind, Kind::kDelivered) << code;
  for (int code : {301, 302, 400, 404, 410, 429, 500, 503}) EXPECT_EQ(verdict({}, status(code)).kind, Kind::kRetry) << code;
}

TEST(RetryPolicy, TheLastAllowedAttemptMakesADeadLetterThatNamesItsCause) {
  EXPECT_EQ(verdict({2}, status(500)).kind, Kind::kRetry);
  EXPECT_EQ(verdict({3}, status(500)).kind, Kind::kDeadLetter);
  EXPECT_EQ(verdict({3}, status(500)).cause, Cause::kStatus);
  EXPECT_EQ(verdict({3}, error(engine::Errc::kTimedOut)).cause, Cause::kTimedOut);
  EXPECT_EQ(verdict({3}, error(engine::Errc::kUnavailable)).cause, Cause::kUnreachable);
  EXPECT_EQ(verdict({3}, error(engine::Errc::kMalformed)).cause, Cause::kNotHttp);
}

TEST(RetryPolicy, ADialThatIsNotAllowedIsFinalAtOnce) {
  EXPECT_EQ(verdict({1}, error(engine::Errc::kDenied)).kind, Kind::kDeadLetter);
  EXPECT_EQ(verdict({1}, error(engine::Errc::kDenied)).cause, Cause::kDenied);
}

TEST(RetryPolicy, WaitsAreSpreadOverAWindowThatDoublesUpToTheCap) {
  RetryPolicy policy;
  policy.max_attempts = 10;
  policy.base = 1s;
  policy.floor = 10ms;
  policy.cap = 5s;
  std::mt19937_64 random(7);
  for (unsigned attempt = 1; attempt < 10; ++attempt) {
    const auto ceiling = std::min<milliseconds>(5s, 1s * (1 << (attempt - 1)));
    milliseconds least = 1h, most = 0ms;
    for (int i = 0; i < 500; ++i) {
      const auto delay = judge(policy, {attempt}, status(500), random).delay;
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GE(least, policy.floor);
    EXPECT_LT(least, ceiling / 4);
    EXPECT_LE(most, ceiling);
    EXPECT_GT(most, ceiling * 3 / 4);
  }
}

TEST(RetryPolicy, RetryAfterIsFollowedExactlyUpToItsBound) {
  Outcome busy = status(503);
  busy.retry_after = 7s;
  EXPECT_EQ(verdict({1}, busy).delay, 7s);
  EXPECT_TRUE(verdict({1}, busy).pause_endpoint);
  busy.retry_after = 24h;
  EXPECT_EQ(verdict({1}, busy).delay, 1h);
  Outcome broken = status(500);
  broken.retry_after = 7s;
  EXPECT_EQ(verdict({1}, broken).delay, 7s);
  EXPECT_FALSE(verdict({1}, broken).pause_endpoint);
}

TEST(RetryPolicy, RetryAfterReadsSecondsAndDates) {
  const auto now = *engine::parse_http_date("Sun, 22 Nov 2026 17:37:23 GMT");
  EXPECT_EQ(parse_retry_after("120", now), 120s);
  EXPECT_EQ(parse_retry_after("0", now), 0s);
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 17:38:23 GMT", now), 60s);
  EXPECT_EQ(parse_retry_after("Sun, 22 Nov 2026 17:30:00 GMT", now), 0s);
  EXPECT_EQ(parse_retry_after("99999999999999999999", now), milliseconds::max());
  for (const char* bad : {"", "-1", "1.5", "soon", "12s"}) EXPECT_EQ(parse_retry_after(bad, now), std::nullopt) << bad;
}

TEST(RetryPolicy, WhileTheEndpointIsDownNothingIsGivenUpBeforeTheMaximumAge) {
  EXPECT_EQ(verdict({9, true, 71h}, status(500)).kind, Kind::kHold);
  EXPECT_EQ(verdict({1, true, 71h}, error(engine::Errc::kDenied)).kind, Kind::kHold);
  EXPECT_EQ(verdict({1, true, 72h}, status(500)).kind, Kind::kDeadLetter);
}

TEST(RetryPolicy, GoneIsNotedAndTriedAgain) {
  EXPECT_TRUE(verdict({1}, status(410)).endpoint_gone);
  EXPECT_EQ(verdict({1}, status(410)).kind, Kind::kRetry);
}

TEST(RetryPolicy, DescribesFailuresInTheContractsWords) {
  EXPECT_EQ(describe(status(500)), "Webhook delivery failed with HTTP 500 (Internal Server Error).");
  EXPECT_EQ(describe(error(engine::Errc::kTimedOut)), "what happened");
}

}  // namespace
}  // namespace delivery
