#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

namespace {

void write_profile(JsonWriter& json, const trust::GateSettings& settings) {
  json.key("profile").begin_object();
  json.key("name").string(trust::name(settings.profile));
  json.key("source").string(profile_source(settings));
  json.key("defaultsApplied").boolean(!settings.defaults_applied.empty());
  json.key("defaultsAppliedFields");
  write_texts(json, settings.defaults_applied);
  json.key("effectivePolicyVersion").string(kPolicyVersion);
  json.end_object();
}

void write_authentication(JsonWriter& json, const Posture& posture, const trust::GateSettings& settings) {
  json.key("authentication").begin_object();
  json.key("required").boolean(settings.require_token);
  json.key("requestedRequireToken").boolean(posture.requested_require_token);
  json.key("tokenRequirementForcedInProd").boolean(settings.token_requirement_forced);
  json.key("allowQueryToken").boolean(settings.allow_query_token);
  json.key("failOnMissingTokenInProd").boolean(settings.fail_on_missing_token_in_production);
  json.key("credentialCount").number_u64(posture.credentials);
  json.key("envCredentialCount").number_u64(posture.configured);
  json.key("managedCredentialCount").number_u64(posture.managed);
  json.key("credentialIds");
  write_texts(json, posture.credential_ids);
  json.key("tokenScopes");
  write_texts(json, posture.default_scopes);
  json.end_object();
}

void write_webhook(JsonWriter& json, const Posture& posture) {
  json.key("webhook").begin_object();
  json.key("enabled").boolean(posture.webhook_enabled());
  json.key("urlConfigured").boolean(posture.webhook_url);
  json.key("secretConfigured").boolean(posture.webhook_secret);
  json.key("destinationHost");
  text_or_null(json, posture.webhook_host);
  json.key("timeoutSeconds").number_u64(posture.webhook_timeout_seconds);
  json.key("maxAttempts").number_u64(posture.webhook_max_attempts);
  json.end_object();
}

void write_warnings(JsonWriter& json, const Posture& posture) {
  json.key("warnings").begin_array();
  for (const auto& warning : posture.warnings) {
    json.begin_object();
    json.key("level").string(warning.error ? "error" : "warning");
    json.key("message").string(warning.message);
    if (!warning.code.empty()) json.key("code").string(warning.code);
    json.end_object();
  }
  json.end_array();
  json.key("warningCounts").begin_object();
  json.key("warnings").number_u64(posture.count(false));
  json.key("errors").number_u64(posture.count(true));
  json.end_object();
}

}  // namespace

void write_posture(JsonWriter& json, const Posture& posture, const Runtime& runtime) {
  const auto& settings = runtime.settings;
  json.begin_object();
  json.key("environment").string(settings.environment);
  write_profile(json, settings);
  write_authentication(json, posture, settings);
  json.key("rateLimit").begin_object();
  json.key("perMinute").number_u64(settings.rate.requests);
  json.key("windowSeconds").number(settings.rate.window.count());
  json.end_object();
  json.key("privacy").begin_object().key("redactEmail").boolean(settings.redact_email).end_object();
  write_webhook(json, posture);
  write_warnings(json, posture);
  json.end_object();
}

}  // namespace app::operations
