#pragma once
// How strict the gate is. What is set wins over the profile's default, which wins over the built-in one
// (contract craft-agents-api section 4.7).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/rate_limiter.h"
#include "access/scopes.h"

namespace trust {

enum class Profile { kLocal, kTest, kStaging, kProduction };
std::string_view name(Profile profile);
/// "prod", "production", "stage", "staging", "test", "testing", "ci", "local", "dev", "development", in any case.
std::optional<Profile> parse_profile(std::string_view text);

struct ProfileDefaults {
  bool require_token = true;
  bool allow_insecure_no_token_in_production = false;
  bool allow_query_token = false;
  bool fail_on_missing_token_in_production = true;
  bool redact_email = true;
  std::uint32_t rate_limit = 60;
  std::uint32_t rate_window_seconds = 60;
  std::uint32_t webhook_timeout_seconds = 5;
  std::uint32_t webhook_max_attempts = 3;
};
ProfileDefaults profile_defaults(Profile profile);

/// What somebody set; the rest is the profile's.
struct GateConfig {
  std::optional<bool> enabled{};
  std::string environment{};          ///< "production" where empty
  std::string profile{};              ///< empty: inferred from the environment
  std::optional<bool> require_token{};
  std::optional<bool> allow_insecure_no_token_in_production{};
  std::optional<bool> allow_query_token{};
  std::optional<bool> fail_on_missing_token_in_production{};
  std::optional<bool> redact_email{};
  std::optional<std::uint32_t> rate_limit{};           ///< zero counts as unset
  std::optional<std::uint32_t> rate_window_seconds{};  ///< zero counts as unset
  std::optional<std::uint32_t> webhook_timeout_seconds{};  ///< zero counts as unset; capped at 60
  std::optional<std::uint32_t> webhook_max_attempts{};     ///< zero counts as unset; capped at 10
  std::vector<std::string> default_scopes{};           ///< empty: trust::default_scopes()
  Features features{};
};

/// What applies.
struct GateSettings {
  bool enabled = true;
  bool require_token = true;
  bool token_requirement_forced = false;  ///< production overruled a "no"
  bool allow_insecure_no_token_in_production = false;
  bool allow_query_token = false;
  bool fail_on_missing_token_in_production = true;
  bool redact_email = true;
  RateLimit rate{};
  std::uint32_t webhook_timeout_seconds = 5;
  std::uint32_t webhook_max_attempts = 3;
  std::string environment = "production";
  bool production = true;                 ///< decided from the environment's name, not from the profile
  Profile profile = Profile::kProduction;
  bool profile_inferred = true;
  bool profile_invalid = false;           ///< a profile was set that nobody knows; kProduction's limits apply (contract governance 3.2 FIX)
  std::vector<std::string> defaults_applied{};  ///< sorted contract names of the settings that came from the profile
  Features features{};
};

/// Pure.
GateSettings resolve(const GateConfig& config);

}  // namespace trust
