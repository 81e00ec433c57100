#include "access/gate/settings.h"

#include <algorithm>

#include "engine/net/validation.h"

namespace trust {

std::string_view name(Profile profile) {
  switch (profile) {
    case Profile::kLocal: return "local";
    case Profile::kTest: return "test";
    case Profile::kStaging: return "staging";
    case Profile::kProduction: return "production";
  }
  return "local";
}

std::optional<Profile> parse_profile(std::string_view text) {
  const auto lower = engine::net::ascii_lower(engine::net::trimmed(text));
  if (lower == "prod" || lower == "production") return Profile::kProduction;
  if (lower == "stage" || lower == "staging") return Profile::kStaging;
  if (lower == "test" || lower == "testing" || lower == "ci") return Profile::kTest;
  if (lower == "local" || lower == "dev" || lower == "development") return Profile::kLocal;
  return std::nullopt;
}

ProfileDefaults profile_defaults(Profile profile) {
  ProfileDefaults defaults;
  switch (profile) {
    case Profile::kLocal:
    case Profile::kTest:
      defaults.rate_limit = 300;
      defaults.webhook_max_attempts = 2;
      break;
    case Profile::kStaging: defaults.rate_limit = 120; break;
    case Profile::kProduction: break;
  }
  return defaults;
}

namespace {

/// Takes what was set, else the profile's value, and remembers which.
class Choice {
 public:
  explicit Choice(std::vector<std::string>& applied) : applied_(applied) {}
  bool flag(const char* name, std::optional<bool> set, bool otherwise) {
    if (!set) applied_.emplace_back(name);
    return set.value_or(otherwise);
  }
  std::uint32_t number(const char* name, std::optional<std::uint32_t> set, std::uint32_t otherwise) {
    if (set && *set > 0) return *set;
    applied_.emplace_back(name);
    return otherwise;
  }

 private:
  std::vector<std::string>& applied_;
};

void resolve_profile(const GateConfig& config, GateSettings& settings) {
  const auto environment = engine::net::ascii_lower(engine::net::trimmed(config.environment));
  settings.environment = environment.empty() ? "production" : environment;
  settings.production = settings.environment == "prod" || settings.environment == "production";
  settings.profile_inferred = engine::net::trimmed(config.profile).empty();
  const auto parsed = parse_profile(settings.profile_inferred ? settings.environment : config.profile);
  settings.profile_invalid = !settings.profile_inferred && !parsed;
  // A misspelt profile must not open the gate wider; an environment with a name of its own is somebody's own machine.
  settings.profile = parsed.value_or(settings.profile_invalid ? Profile::kProduction : Profile::kLocal);
}

}  // namespace

GateSettings resolve(const GateConfig& config) {
  GateSettings s;
  resolve_profile(config, s);
  const auto defaults = profile_defaults(s.profile);
  Choice choose(s.defaults_applied);
  s.enabled = config.enabled.value_or(true);
  s.features = config.features;
  s.require_token = choose.flag("requireToken", config.require_token, defaults.require_token);
  s.allow_insecure_no_token_in_production = choose.flag(
      "allowInsecureNoTokenInProd", config.allow_insecure_no_token_in_production, defaults.allow_insecure_no_token_in_production);
  s.allow_query_token = choose.flag("allowQueryToken", config.allow_query_token, defaults.allow_query_token);
  s.fail_on_missing_token_in_production = choose.flag(
      "failOnMissingTokenInProd", config.fail_on_missing_token_in_production, defaults.fail_on_missing_token_in_production);
  s.redact_email = choose.flag("redactEmail", config.redact_email, defaults.redact_email);
  s.rate.requests = choose.number("rateLimitPerMinute", config.rate_limit, defaults.rate_limit);
  s.rate.window = std::chrono::seconds(choose.number("rateLimitWindowSeconds", config.rate_window_seconds, defaults.rate_window_seconds));
  s.webhook_timeout_seconds =
      std::min(60u, choose.number("webhookTimeoutSeconds", config.webhook_timeout_seconds, defaults.webhook_timeout_seconds));
  s.webhook_max_attempts =
      std::min(10u, choose.number("webhookMaxAttempts", config.webhook_max_attempts, defaults.webhook_max_attempts));
  if (s.production && !s.require_token && !s.allow_insecure_no_token_in_production) {
    s.require_token = true;
    s.token_requirement_forced = true;
  }
  std::sort(s.defaults_applied.begin(), s.defaults_applied.end());
  return s;
}

}  // namespace trust
