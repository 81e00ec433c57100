#pragma once
// Are the credentials that were made being used, and how soon after (contract craft-agents-governance 5.6)? Pure.
// A sample is the time to the first use, not to the latest ([FIX] of 5.6).

#include <cstdint>
#include <optional>
#include <span>

#include "access/managed_credential.h"

namespace app::operations {

struct Adoption {
  engine::WallTime at{};
  std::uint64_t configured = 0;  ///< usable credentials of every source
  std::uint64_t managed = 0;     ///< not revoked
  std::uint64_t used = 0;        ///< of those, at least once
  std::uint64_t active_7_days = 0, active_30_days = 0;
  std::uint64_t samples = 0;
  std::optional<std::int64_t> median_seconds, p90_seconds;  ///< nearest rank; nullopt without samples
};

Adoption evaluate_adoption(std::span<const trust::ManagedCredential> managed, std::uint64_t usable, engine::WallTime now);

}  // namespace app::operations
