#include "delivery/retry_policy.h"

#include <algorithm>
#include <charconv>

#include "engine/net/http.h"

namespace delivery {
namespace {

// Full jitter: spreads the retries of many keys over the whole window instead of its end.
milliseconds backoff(const RetryPolicy& policy, unsigned number, std::mt19937_64& random) {
  const unsigned doublings = std::min(number > 0 ? number - 1 : 0, 20u);
  const auto wanted = policy.schedule.empty() ? std::min(policy.cap, policy.base * (1u << doublings))
                                              : policy.schedule[std::min<std::size_t>(number > 0 ? number - 1 : 0, policy.schedule.size() - 1)];
  const auto ceiling = std::max(policy.floor, wanted);
  std::uniform_int_distribution<milliseconds::rep> draw(policy.floor.count(), ceiling.count());
  return milliseconds(draw(random));
}

}  // namespace

Cause cause_of(const Outcome& outcome) {
  if (outcome.success()) return Cause::kNone;
  if (outcome.status != 0) return Cause::kStatus;
  switch (outcome.error) {
    case engine::Errc::kTimedOut: return Cause::kTimedOut;
    case engine::Errc::kMalformed: return Cause::kNotHttp;
    case engine::Errc::kDenied: return Cause::kDenied;
    default: return Cause::kUnreachable;
  }
}

std::string_view name(Cause cause) {
  switch (cause) {
    case Cause::kNone: return "none";
    case Cause::kStatus: return "status";
    case Cause::kTimedOut: return "timed_out";
    case Cause::kUnreachable: return "unreachable";
    case Cause::kNotHttp: return "not_http";
    case Cause::kDenied: return "denied";
    case Cause::kLost: return "lost";
  }
  return "none";
}

std::string describe(const Outcome& outcome) {
  if (outcome.status == 0) return outcome.detail.empty() ? std::string(engine::name(outcome.error)) : outcome.detail;
  std::string text = "Webhook delivery failed with HTTP " + std::to_string(outcome.status) + " (";
  return text.append(engine::net::reason(outcome.status)) + ").";
}

std::optional<milliseconds> parse_retry_after(std::string_view value, engine::WallTime now) {
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  if (value.empty()) return std::nullopt;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size()) return std::chrono::seconds(seconds);
  if (error == std::errc::result_out_of_range) return milliseconds::max();
  const auto date = engine::parse_http_date(value);
  if (!date) return std::nullopt;
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*date - now));
}

Verdict judge(const RetryPolicy& policy, const Attempt& attempt, const Outcome& outcome, std::mt19937_64& random) {
  Verdict verdict;
  if (outcome.success()) return verdict;
  verdict.cause = cause_of(outcome);
  verdict.endpoint_gone = outcome.status == 410;
  verdict.delay = outcome.retry_after ? std::min(*outcome.retry_after, policy.max_retry_after) : backoff(policy, attempt.number, random);
  verdict.pause_endpoint = outcome.retry_after && (outcome.status == 429 || outcome.status == 503);
  if (attempt.endpoint_down) {
    verdict.kind = attempt.held_for < policy.max_age ? Verdict::Kind::kHold : Verdict::Kind::kDeadLetter;
  } else if (verdict.cause == Cause::kDenied || attempt.number >= policy.max_attempts) {
    verdict.kind = Verdict::Kind::kDeadLetter;
  } else {
    verdict.kind = Verdict::Kind::kRetry;
  }
  return verdict;
}

}  // namespace delivery
