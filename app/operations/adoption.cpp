#include "app/operations/adoption.h"

#include <algorithm>
#include <vector>

namespace app::operations {

namespace {

std::optional<std::int64_t> nearest_rank(const std::vector<std::int64_t>& sorted, std::size_t percent) {
  if (sorted.empty()) return std::nullopt;
  return sorted[(percent * sorted.size() + 99) / 100 - 1];
}

}  // namespace

Adoption evaluate_adoption(std::span<const trust::ManagedCredential> managed, std::uint64_t usable, engine::WallTime now) {
  Adoption result;
  result.at = now;
  result.configured = usable;
  std::vector<std::int64_t> waits;
  for (const auto& credential : managed) {
    if (credential.revoked_at) continue;
    ++result.managed;
    if (!credential.last_used_at) continue;
    ++result.used;
    if (now - *credential.last_used_at <= std::chrono::days(7)) ++result.active_7_days;
    if (now - *credential.last_used_at <= std::chrono::days(30)) ++result.active_30_days;
    if (!credential.first_used_at) continue;
    waits.push_back(std::max<std::int64_t>(0, engine::unix_seconds(*credential.first_used_at) - engine::unix_seconds(credential.created)));
  }
  std::sort(waits.begin(), waits.end());
  result.samples = waits.size();
  result.median_seconds = nearest_rank(waits, 50);
  result.p90_seconds = nearest_rank(waits, 90);
  return result;
}

}  // namespace app::operations
