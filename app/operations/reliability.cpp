#include "app/operations/reliability.h"

#include <algorithm>
#include <cmath>

namespace app::operations {

namespace {

bool reaches(double value, std::string_view comparator, double threshold) { return comparator == ">=" ? value >= threshold : value > threshold; }

double overflow(double value, double threshold) {
  const double ratio = threshold <= 0 ? value : (value - threshold) / threshold;
  return std::round(std::max(0.0, ratio) * 10'000) / 10'000;
}

void judge(Signal& signal) {
  if (reaches(signal.value, signal.comparator, signal.critical_threshold)) {
    signal.severity = Level::kCritical;
    signal.overflow_ratio = overflow(signal.value, signal.critical_threshold);
  } else if (reaches(signal.value, signal.comparator, signal.warn_threshold)) {
    signal.severity = Level::kWarn;
    signal.overflow_ratio = overflow(signal.value, signal.warn_threshold);
  }
}

std::vector<Signal> signals_of(const SignalValues& values, LagThresholds lag) {
  const auto signal = [](std::string_view id, std::string_view label, std::string_view metric, std::string_view unit, std::uint64_t value, std::int64_t warn,
                         std::int64_t critical, std::string_view comparator, std::string_view response) {
    return Signal{id, label, metric, unit, double(value), double(warn), double(critical), comparator, Level::kOk, 0, response};
  };
  return {
      signal("auth_failures", "Auth failures", "agents_auth_failures_total", "requests", values.auth_failures, 5, 20, ">",
             "Ask /agents/v1/auth/whoami with the tokens in use; rotate or revoke the one that fails."),
      signal("scope_denials", "Scope denials (403)", "agents_forbidden_total", "requests", values.scope_denials, 5, 20, ">",
             "Compare the scopes of the refused credential with the routes it polls; grant or stop polling."),
      signal("rate_limit_denials", "Rate-limit denials", "agents_rate_limit_exceeded_total", "requests", values.rate_limit_denials, 10, 40, ">",
             "Let the client wait as Retry-After says; raise the limit only for load that is meant to stay."),
      signal("server_errors_5xx", "Server errors (5xx)", "agents_errors_5xx_total", "responses", values.server_errors, 1, 5,
             ">=", "One may be an accident, several are an incident: look the request ids up in the log and ask /agents/v1/readiness."),
      signal("queue_depth", "Queue depth", "agents_queue_depth", "jobs", values.queue_depth, 50, 150, ">",
             "See whether the receiver answers: deliveries wait for it, or for their retries."),
      signal("webhook_dlq_failed", "Webhook DLQ failed events", "agents_webhook_dlq_failed", "events", values.dead_letters_failed, 1, 10,
             ">=", "Repair the receiver, then replay the dead letters with POST /agents/v1/webhooks/dlq/replay."),
      signal("consumer_lag_max_seconds", "Max sync-state lag", "agents_consumer_lag_max_seconds", "seconds", values.lag_max_seconds, lag.warn, lag.critical,
             ">", "Find the integration in /agents/v1/sync-state/lag and let it go on from its checkpoint."),
  };
}

}  // namespace

LagThresholds corrected(LagThresholds thresholds) {
  thresholds.warn = std::clamp<std::int64_t>(thresholds.warn, 0, kLongestLagThreshold);
  thresholds.critical = std::clamp<std::int64_t>(thresholds.critical, 1, kLongestLagThreshold);
  if (thresholds.critical <= thresholds.warn) thresholds.critical = std::min(thresholds.warn + 1, kLongestLagThreshold);
  return thresholds;
}

std::size_t Reliability::count(Level severity) const {
  return static_cast<std::size_t>(std::count_if(signals.begin(), signals.end(), [severity](const Signal& signal) { return signal.severity == severity; }));
}

std::vector<Signal> Reliability::top() const {
  std::vector<Signal> found;
  for (const auto& signal : signals) {
    if (signal.severity != Level::kOk && found.size() < kTop) found.push_back(signal);
  }
  return found;
}

Reliability evaluate_reliability(const SignalValues& values, LagThresholds lag, engine::WallTime now) {
  Reliability result;
  result.at = now;
  result.signals = signals_of(values, corrected(lag));
  for (auto& signal : result.signals) {
    judge(signal);
    result.status = std::max(result.status, signal.severity);
  }
  std::stable_sort(result.signals.begin(), result.signals.end(),
                   [](const Signal& a, const Signal& b) { return a.severity != b.severity ? a.severity > b.severity : a.overflow_ratio > b.overflow_ratio; });
  return result;
}

}  // namespace app::operations
