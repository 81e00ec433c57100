#pragma once
// How far behind integrations are, by the age of their checkpoints (contract craft-agents-api section 15.2). Pure.

#include <cstdint>
#include <string_view>
#include <vector>

#include "feed/checkpoints.h"

namespace feed {

/// Whole seconds from the checkpoint to `now`; zero for one in the future.
std::int64_t lag_seconds(const Checkpoint& row, engine::WallTime now);
/// "healthy" up to 300 seconds, "warning" up to 1800, then "critical".
std::string_view lag_bucket(std::int64_t seconds);
/// Keeps the `count` rows with the longest lag, in that order.
void keep_longest_lag(std::vector<Checkpoint>& rows, std::size_t count, engine::WallTime now);

struct LagSummary {
  std::uint64_t count = 0;
  std::uint64_t healthy = 0, warning = 0, critical = 0;
  std::uint64_t max_seconds = 0;
};
LagSummary summarise_lag(const std::vector<Checkpoint>& rows, engine::WallTime now);

}  // namespace feed
