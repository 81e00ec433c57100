#include <algorithm>

#include "access/control/control_events.h"
#include "access/control/control_keys.h"
#include "access/control/control_plane.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {
constexpr std::size_t kErrorBytes = 512;  // a receiver chooses some of the words
}

bool ControlPlane::is_handed_on(std::string_view action) const {
  const auto& patterns = options_.handoff_patterns;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) { return matches(pattern, action); });
}

Result<std::vector<Execution>> ControlPlane::handoffs_due(std::size_t limit) const {
  std::vector<ExecutionId> ids;
  const auto at = now();
  {
    const std::lock_guard lock(changing_);
    for (const auto& [id, not_before] : handoffs_) {
      if (not_before <= at && ids.size() < limit) ids.push_back(id);
    }
  }
  std::vector<Execution> due;
  for (const auto id : ids) {
    auto found = execution(id);
    if (!found) return found.take_error();
    if (*found) due.push_back(std::move(**found));
  }
  return due;
}

std::optional<WallTime> ControlPlane::next_handoff() const {
  const std::lock_guard lock(changing_);
  std::optional<WallTime> next;
  for (const auto& [id, not_before] : handoffs_) next = next ? std::min(*next, not_before) : not_before;
  return next;
}

Result<void> ControlPlane::record_handoff(ExecutionId id, const std::string& error, std::optional<WallTime> retry_at) {
  const std::lock_guard changing(changing_);
  auto found = execution(id);
  if (!found) return found.take_error();
  if (!*found || (*found)->handoff.state != HandoffState::kQueued)
    return engine::fail(Errc::kNotFound, "execution " + std::to_string(id.value) + " is not queued");
  auto& execution = **found;
  auto& handoff = execution.handoff;
  ++handoff.attempts;
  handoff.last_error = error.substr(0, kErrorBytes);
  const bool again = !error.empty() && retry_at;
  if (again) handoff.not_before = *retry_at;
  if (!again) handoff.state = error.empty() ? HandoffState::kDelivered : HandoffState::kFailed;
  execution.updated = now();
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kExecutionRow, id.value), encode_execution(execution));
  if (again) {
    if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written;
    handoffs_[id] = handoff.not_before;
    return engine::ok();
  }
  batch.erase(rows_, numbered_key(kHandoffMark, id.value));
  if (auto kept = commit(batch, told_handoff(execution), numbers_); !kept) return kept;
  handoffs_.erase(id);
  return engine::ok();
}

}  // namespace trust
