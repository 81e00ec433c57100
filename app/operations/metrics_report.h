#pragma once
// The contract's 25 series, in its order (craft-agents-governance 5.2). Pure.

#include <cstdint>
#include <string_view>
#include <vector>

#include "access/control/control_counts.h"
#include "access/gate/traffic.h"
#include "access/rate_limiter.h"
#include "app/operations/adoption.h"
#include "app/operations/reliability.h"
#include "feed/checkpoint_lag.h"

namespace app::operations {

struct DeadLetterCounts {
  std::uint64_t failed = 0;
  std::uint64_t queued = 0;
  std::uint64_t retries = 0;  ///< of the newest dead letters: attempts beyond the first
};

struct QueueDepth {
  std::uint64_t webhook = 0;        ///< deliveries owed; those given up are dead letters, not jobs ([FIX] of 5.2)
  std::uint64_t notifications = 0;  ///< not sent yet
  std::uint64_t sink = 0;           ///< changes its brokers have not acknowledged
  std::uint64_t all() const { return webhook + notifications + sink; }
};

struct MetricsInput {
  trust::TrafficCounts totals, last_hour;
  trust::RateLimit rate;
  DeadLetterCounts dead_letters;
  QueueDepth queue;
  feed::LagSummary lag;
  trust::ControlCounts control;
  std::uint64_t audit_events = 0;
  std::uint64_t credentials = 0, managed_credentials = 0;  ///< usable ones
  Adoption adoption;
};

struct CounterAges {
  engine::WallTime counting_since{};  ///< when the traffic counters began
  engine::WallTime started{};         ///< when this process did
};

struct Metric {
  std::string_view name, type, unit, description;
  std::uint64_t value = 0;
};

std::vector<Metric> metric_series(const MetricsInput& input);
SignalValues signal_values(const MetricsInput& input);

}  // namespace app::operations
