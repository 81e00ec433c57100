#pragma once
// What may be done with whose consent: the policies of governed actions (contract craft-agents-governance 4.2, 4.3). Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/strong_id.h"
#include "engine/base/utc.h"

namespace trust {

using engine::WallTime;
using PolicyId = engine::StrongId<struct PolicyIdTag>;

enum class RiskLevel : std::uint8_t { kLow, kMedium, kHigh, kCritical };
/// "low", "medium", "high", "critical".
std::string_view name(RiskLevel risk);
/// In any case; anything else is medium.
RiskLevel parse_risk(std::string_view text);

inline constexpr std::string_view kDraftUpdate = "entry.updatedraft";  ///< the one action type with a payload of known form and with boundaries

/// What a policy's `config` says to us. The rest of it is kept and shown, and means nothing here.
struct PolicyRules {
  std::string required_scope{};                ///< to execute; empty: the action's default
  bool two_people = false;                     ///< `requiredApprovals` of 2 or more, or `twoPersonApproval`
  std::optional<double> dual_min_amount{};     ///< an amount of at least this needs two
  std::vector<std::string> dual_categories{};  ///< lower case
  std::vector<std::string> dual_patterns{};    ///< normal patterns
  std::uint32_t sla_minutes = 0;               ///< zero, of all three: not set
  std::uint32_t escalate_minutes = 0;
  std::uint32_t expire_minutes = 0;
  friend bool operator==(const PolicyRules&, const PolicyRules&) = default;
};

/// The stored record. Times are whole seconds.
struct Policy {
  PolicyId id{};         ///< zero: the built-in default
  std::string handle{};  ///< unique
  std::string display_name{};
  std::string pattern{};  ///< normal
  bool requires_approval = true;
  bool enabled = true;  ///< a disabled one that matches blocks; it does not make room for a wider one
  RiskLevel risk = RiskLevel::kMedium;
  std::string config = "{}";  ///< a finished JSON object
  PolicyRules rules{};        ///< what of `config` counts
  std::optional<WallTime> created{}, updated{};
  friend bool operator==(const Policy&, const Policy&) = default;
};

/// Value on disk.
std::string encode_policy(const Policy& policy);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<Policy> decode_policy(PolicyId id, std::string_view value);

/// Lower case, characters outside a-z0-9:_-. dropped.
std::string normal_action(std::string_view text);
/// The same, and '*' stays: any run of characters, also none.
std::string normal_pattern(std::string_view text);
/// Both normal. In time proportional to the product of their lengths.
bool matches(std::string_view pattern, std::string_view action);

/// A policy as it stands over one action type.
struct ResolvedPolicy {
  Policy policy;
  std::string required_scope;  ///< to execute; never empty
};

/// Of all policies, disabled ones too, that with the longest matching pattern; of equally long ones the higher pattern, then the lower handle. None: the
/// built-in default, which wants two people's approval.
ResolvedPolicy resolve(std::span<const Policy> policies, std::string_view action);

}  // namespace trust
