#pragma once
// How far the sink is behind the log, as readiness sees it. Pure.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "app/operations/reliability.h"

namespace app::operations {

struct SinkStanding {
  std::string topic;
  std::uint64_t lag = 0;               ///< changes that are not acknowledged
  std::chrono::seconds oldest_age{0};  ///< since the oldest of them was appended
  std::string trouble;                 ///< why nothing is published now; empty: it is
};

/// What readiness warns of: changes wait because of trouble, or for longer than a checkpoint may before its lag is a warning. nullopt: nothing.
std::optional<std::string> sink_warning(const SinkStanding& sink, const LagThresholds& thresholds);

}  // namespace app::operations
