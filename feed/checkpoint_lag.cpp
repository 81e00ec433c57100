#include "feed/checkpoint_lag.h"

#include <algorithm>
#include <tuple>

namespace feed {

std::int64_t lag_seconds(const Checkpoint& row, engine::WallTime now) {
  return std::max<std::int64_t>(0, engine::unix_seconds(now) - engine::unix_seconds(row.at));
}

std::string_view lag_bucket(std::int64_t seconds) { return seconds <= 300 ? "healthy" : seconds <= 1800 ? "warning" : "critical"; }

// Longest lag first is oldest checkpoint first, but for those that lie in the future: they all have none.
void keep_longest_lag(std::vector<Checkpoint>& rows, std::size_t count, engine::WallTime now) {
  const auto before = [now](const Checkpoint& a, const Checkpoint& b) {
    return std::tuple(-lag_seconds(a, now), a.updated, a.id.value) < std::tuple(-lag_seconds(b, now), b.updated, b.id.value);
  };
  const auto kept = std::min(count, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(), before);
  rows.resize(kept);
}

LagSummary summarise_lag(const std::vector<Checkpoint>& rows, engine::WallTime now) {
  LagSummary summary;
  for (const auto& row : rows) {
    const auto lag = lag_seconds(row, now);
    const auto bucket = lag_bucket(lag);
    ++summary.count;
    ++(bucket == "healthy" ? summary.healthy : bucket == "warning" ? summary.warning : summary.critical);
    summary.max_seconds = std::max(summary.max_seconds, static_cast<std::uint64_t>(lag));
  }
  return summary;
}

}  // namespace feed
