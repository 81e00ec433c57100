#include "app/environment_settings.h"

#include <charconv>

#include <simdjson.h>

#include "engine/base/split_words.h"
#include "engine/net/validation.h"

namespace app {

using engine::net::ascii_lower;
using engine::net::trimmed;

namespace {

const std::string kPrefix = "PLUGIN_AGENTS_";

/// One look at the environment; remembers what could not be read.
class Variables {
 public:
  Variables(const Environment& environment, std::vector<std::string>& warnings) : environment_(environment), warnings_(warnings) {}

  std::optional<std::string> text(const std::string& name) const {
    auto value = environment_(name);
    if (!value || trimmed(*value).empty()) return std::nullopt;
    return std::string(trimmed(*value));
  }
  void flag(const std::string& name, std::optional<bool>& into) {
    if (const auto value = boolean(name)) into = *value;
  }
  void flag(const std::string& name, bool& into) {
    if (const auto value = boolean(name)) into = *value;
  }
  void number(const std::string& name, std::optional<std::uint32_t>& into) {
    const auto value = text(kPrefix + name);
    if (!value) return;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
    if (error != std::errc{} || end != value->data() + value->size() || number == 0) return warn(name, "expected a whole number above 0");
    into = number;
  }
  void warn(const std::string& name, const std::string& what) { warnings_.push_back(kPrefix + name + ": " + what + "; it is ignored"); }

 private:
  std::optional<bool> boolean(const std::string& name) {
    const auto value = text(kPrefix + name);
    if (!value) return std::nullopt;
    const auto lower = ascii_lower(*value);
    if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") return true;
    if (lower == "false" || lower == "0" || lower == "no" || lower == "off") return false;
    warn(name, "expected true or false");
    return std::nullopt;
  }
  const Environment& environment_;
  std::vector<std::string>& warnings_;
};

std::string normal_id(std::string_view text, std::size_t number) {
  std::string id = ascii_lower(trimmed(text));
  for (char& c : id) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-';
    if (!kept) c = '-';
  }
  return id.empty() ? "credential-" + std::to_string(number) : id;
}

std::string_view member(const simdjson::dom::object& object, std::string_view name) {
  std::string_view text;
  return object[name].get(text) ? std::string_view{} : trimmed(text);
}

std::optional<std::vector<std::string>> scopes_of(const simdjson::dom::object& object) {
  std::vector<std::string> scopes;
  simdjson::dom::array list;
  if (!object["scopes"].get(list)) {
    for (const auto element : list) {
      std::string_view scope;
      if (!element.get(scope)) scopes.emplace_back(scope);
    }
  } else {
    scopes = engine::split_words(member(object, "scopes"));
  }
  return scopes.empty() ? std::nullopt : std::optional(std::move(scopes));
}

/// nullopt: it has no token.
std::optional<trust::CredentialConfig> credential_of(const simdjson::dom::object& object, std::string_view key, std::size_t number) {
  auto token = member(object, "token");
  if (token.empty()) token = member(object, "value");
  if (token.empty()) return std::nullopt;
  auto id = key;
  for (const auto* name : {"id", "name"}) {
    if (id.empty()) id = member(object, name);
  }
  trust::CredentialConfig credential;
  credential.id = normal_id(id, number);
  credential.token = engine::Secret(std::string(token));
  credential.scopes = scopes_of(object);
  return credential;
}

}  // namespace

std::vector<trust::CredentialConfig> credentials_from_json(std::string_view json, bool& flawed) {
  std::vector<trust::CredentialConfig> all;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const simdjson::padded_string padded(json);
  flawed = true;
  if (parser.parse(padded).get(root)) return all;
  flawed = false;
  std::size_t number = 0;
  const auto take = [&](const simdjson::dom::element& element, std::string_view key) {
    ++number;
    simdjson::dom::object object;
    auto credential = element.get(object) ? std::nullopt : credential_of(object, key, number);
    if (credential) all.push_back(std::move(*credential));
    else flawed = true;
  };
  simdjson::dom::array list;
  simdjson::dom::object object;
  if (!root.get(list)) {
    for (const auto element : list) take(element, {});
  } else if (root.get(object)) {
    flawed = true;
  } else if (!member(object, "token").empty() || !member(object, "value").empty()) {
    take(root, {});
  } else {
    for (const auto& [key, value] : object) take(value, key);
  }
  return all;
}

void apply_environment(const Environment& environment, Config& config) {
  Variables variables(environment, config.warnings);
  auto& gate = config.gate;
  // These two names are anybody's: they count where the file says nothing.
  for (const auto* name : {"ENVIRONMENT", "CRAFT_ENVIRONMENT"}) {
    if (auto value = variables.text(name); value && gate.environment.empty()) gate.environment = ascii_lower(*value);
  }
  if (auto profile = variables.text(kPrefix + "ENV_PROFILE")) {
    gate.profile = *profile;
    if (!trust::parse_profile(*profile)) config.warnings.push_back(kPrefix + "ENV_PROFILE: not a profile; the limits of production apply");
  }
  variables.flag("ENABLED", gate.enabled);
  variables.flag("WRITES_EXPERIMENTAL", gate.features.writes);
  variables.flag("REQUIRE_TOKEN", gate.require_token);
  variables.flag("ALLOW_INSECURE_NO_TOKEN_IN_PROD", gate.allow_insecure_no_token_in_production);
  variables.flag("ALLOW_QUERY_TOKEN", gate.allow_query_token);
  variables.flag("FAIL_ON_MISSING_TOKEN_IN_PROD", gate.fail_on_missing_token_in_production);
  variables.flag("ENABLE_USERS_API", gate.features.users);
  variables.flag("ENABLE_ADDRESSES_API", gate.features.addresses);
  variables.flag("REDACT_EMAIL", gate.redact_email);
  variables.number("RATE_LIMIT_PER_MINUTE", gate.rate_limit);
  variables.number("RATE_LIMIT_WINDOW_SECONDS", gate.rate_window_seconds);
  variables.flag("WEBHOOK_TEST_SINK", config.webhook_test_sink);
  variables.number("WEBHOOK_TIMEOUT_SECONDS", gate.webhook_timeout_seconds);
  variables.number("WEBHOOK_MAX_ATTEMPTS", gate.webhook_max_attempts);
  if (const auto scopes = variables.text(kPrefix + "TOKEN_SCOPES")) gate.default_scopes = engine::split_words(*scopes);
  if (const auto json = variables.text(kPrefix + "API_CREDENTIALS")) {
    bool flawed = false;
    for (auto& credential : credentials_from_json(*json, flawed)) config.credentials.push_back(std::move(credential));
    if (flawed) variables.warn("API_CREDENTIALS", "not JSON of credentials, or one of them has no token; what is not good in it is left out");
  }
  if (auto token = variables.text(kPrefix + "API_TOKEN")) {
    trust::CredentialConfig credential;
    credential.id = "default";
    credential.token = engine::Secret(std::move(*token));
    config.credentials.push_back(std::move(credential));
  }
}

void apply_webhook_environment(const Environment& environment, delivery::EndpointConfig& endpoint) {
  std::vector<std::string> none;
  const Variables variables(environment, none);
  if (auto url = variables.text(kPrefix + "WEBHOOK_URL")) endpoint.url = std::move(*url);
  if (auto secret = variables.text(kPrefix + "WEBHOOK_SECRET")) endpoint.secrets = {engine::Secret(std::move(*secret))};
}

}  // namespace app
