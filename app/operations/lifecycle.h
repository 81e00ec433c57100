#pragma once
// Which managed credentials deserve attention (contract craft-agents-governance 5.5). Pure.
// Revoked ones are listed, but count for no status and no risk ([FIX] of 5.5).

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/managed_credential.h"
#include "app/operations/level.h"

namespace app::operations {

/// Days, at least 1 each.
struct LifecycleThresholds {
  std::int64_t stale_unused_warn = 30, stale_unused_critical = 90;
  std::int64_t stale_never_used_warn = 30, stale_never_used_critical = 90;
  std::int64_t rotation_warn = 45, rotation_critical = 120;
};

/// What an operator says about a credential beside its record. Empty: nothing.
struct CredentialMetadata {
  std::string owner, use_case, environment;
  bool empty() const { return owner.empty() && use_case.empty() && environment.empty(); }
};
/// By handle in lower case.
using MetadataMap = std::map<std::string, CredentialMetadata, std::less<>>;

struct RiskFactor {
  std::string_view id;
  Level level = Level::kOk;
  std::string message;
};

struct LifecycleRow {
  std::uint64_t id = 0;
  std::string handle, display_name;
  trust::CredentialMode mode = trust::CredentialMode::kActive;
  std::string_view expiry_status;
  std::optional<std::int64_t> expires_in_days;
  std::optional<engine::WallTime> last_used_at, rotated_at;
  std::optional<std::int64_t> days_since_last_used;
  std::int64_t days_since_rotated = 0;  ///< since it was made, where it never was rotated
  engine::WallTime created{};
  std::int64_t days_since_created = 0;
  CredentialMetadata metadata;
  std::string_view metadata_source;  ///< "map", "credential", "inferred"
  Level risk = Level::kOk;
  std::vector<RiskFactor> factors;
  std::string recommended_action;
  RiskFactor stale;  ///< the usage factor; level ok without a message where there is none
  bool revoked() const { return mode == trust::CredentialMode::kRevoked; }
};

struct LifecycleSummary {
  std::uint64_t total = 0, active = 0, paused = 0, revoked = 0, expired = 0;
  std::uint64_t risk_warn = 0, risk_critical = 0, stale_warn = 0, stale_critical = 0;
  std::uint64_t missing_owner = 0, metadata_mapped = 0;
};

struct Lifecycle {
  static constexpr std::size_t kTop = 20;
  engine::WallTime at{};
  Level status = Level::kOk;
  LifecycleThresholds thresholds;
  LifecycleSummary summary;
  std::vector<LifecycleRow> rows;  ///< the riskiest first, then by handle
  /// Rows at risk that are not revoked, at most `most`.
  std::vector<const LifecycleRow*> top(std::size_t most = kTop) const;
};

/// `profile`: the runtime's, against which mapped environments are held.
Lifecycle evaluate_lifecycle(std::span<const trust::ManagedCredential> managed, const MetadataMap& map, const LifecycleThresholds& thresholds,
                             std::string_view profile, engine::WallTime now);

}  // namespace app::operations
