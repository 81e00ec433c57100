#pragma once
// What each endpoint does, and replay jobs, as metrics of operators. Labels are bounded: so many endpoints have series of their own, the rest is one.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "engine/telemetry/metrics.h"

namespace delivery {
class Fleet;
}
namespace replay {
class ReplayJobs;
}

namespace app::operations {

/// The label of what has no series of its own. Not a name: those have none of these characters.
inline constexpr const char* kOtherEndpoints = "(other)";

/// `own`: so many endpoints have series of their own: the contract's own one, then those that were made first, so that a new one moves nobody. The rest are one,
/// kOtherEndpoints: sums; of lag, age and breaker the worst. The fleet outlives the registry's use.
void register_endpoint_metrics(engine::telemetry::Registry& registry, const delivery::Fleet& fleet, std::size_t own);
/// Reads every kept job when metrics are rendered. `jobs` outlives the registry's use.
void register_replay_metrics(engine::telemetry::Registry& registry, const replay::ReplayJobs& jobs);

}  // namespace app::operations
