#pragma once
// Seven signals against their thresholds (contract craft-agents-governance 5.3). Pure.
//
// The traffic signals look at the last hour, not at the totals, and dead letters warn from the first on ([FIX] lines of 5.3).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/operations/level.h"
#include "engine/base/utc.h"

namespace app::operations {

inline constexpr std::int64_t kLongestLagThreshold = 604'800;

/// Seconds, up to kLongestLagThreshold.
struct LagThresholds {
  std::int64_t warn = 300;
  std::int64_t critical = 900;
};
/// Critical above warn (contract 3.7).
LagThresholds corrected(LagThresholds thresholds);

struct SignalValues {
  std::uint64_t auth_failures = 0, scope_denials = 0, rate_limit_denials = 0, server_errors = 0;  ///< of the last hour
  std::uint64_t queue_depth = 0;
  std::uint64_t dead_letters_failed = 0;
  std::uint64_t lag_max_seconds = 0;
};

struct Signal {
  std::string_view id, label, metric, unit;
  double value = 0, warn_threshold = 0, critical_threshold = 0;
  std::string_view comparator;  ///< ">" or ">="
  Level severity = Level::kOk;
  double overflow_ratio = 0;  ///< of the threshold reached, four decimals
  std::string_view response;  ///< what an operator does first
};

struct Reliability {
  static constexpr std::size_t kTop = 5;
  engine::WallTime at{};
  Level status = Level::kOk;    ///< the worst signal's
  std::vector<Signal> signals;  ///< the worst first, then by overflow
  std::size_t count(Level severity) const;
  /// Signals that are not ok, at most kTop.
  std::vector<Signal> top() const;
};

Reliability evaluate_reliability(const SignalValues& values, LagThresholds lag, engine::WallTime now);

}  // namespace app::operations
