#include "app/operations/bundle_parts.h"
#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

namespace {

std::vector<std::string> redacted(const std::vector<std::string>& texts, const Redactor& redact) {
  std::vector<std::string> clean;
  for (const auto& text : texts) clean.push_back(redact(text));
  return clean;
}

/// Everything of a check but its details, which the caller writes behind the key.
class CheckWriter {
 public:
  CheckWriter(JsonWriter& json, const Check& check, const Redactor& redact) : json_(json) {
    json.begin_object();
    json.key("check").string(check.name);
    json.key("status").string(check.failed() ? "failed" : "ok");
    json.key("strict").boolean(false);
    json.key("errors");
    write_texts(json, redacted(check.errors, redact));
    json.key("warnings");
    write_texts(json, redacted(check.warnings, redact));
    json.key("details");
  }
  void end(engine::WallTime at) {
    json_.key("generatedAt").string(engine::rfc3339(at));
    json_.end_object();
  }

 private:
  JsonWriter& json_;
};

void write_auth_details(JsonWriter& json, const Posture& posture, const Runtime& runtime) {
  const auto& settings = runtime.settings;
  json.begin_object();
  write_profile_members(json, settings, true);
  json.key("requireToken").boolean(settings.require_token);
  json.key("allowQueryToken").boolean(settings.allow_query_token);
  json.key("credentialCount").number_u64(posture.credentials);
  json.key("managedCredentialCount").number_u64(posture.managed);
  json.key("envCredentialCount").number_u64(posture.configured);
  json.key("tokenScopes");
  write_texts(json, posture.default_scopes);
  json.key("rateLimitPerMinute").number_u64(settings.rate.requests);
  json.key("rateLimitWindowSeconds").number(settings.rate.window.count());
  json.key("webhookEnabled").boolean(posture.webhook_enabled());
  json.key("webhookUrlHost");
  text_or_null(json, posture.webhook_host);
  json.key("webhookTimeoutSeconds").number_u64(posture.webhook_timeout_seconds);
  json.key("webhookMaxAttempts").number_u64(posture.webhook_max_attempts);
  json.end_object();
}

void write_smoke_details(JsonWriter& json, const Diagnostics& bundle, const Redactor& redact) {
  const auto part = [&](std::string_view key, const SmokePart& facts) {
    json.key(key).begin_object();
    json.key("count").number_u64(facts.count);
    json.key("errors");
    write_texts(json, redacted(facts.errors, redact));
    json.end_object();
  };
  json.begin_object();
  json.key("generatedAt").string(engine::rfc3339(bundle.at));
  json.key("checks").begin_object();
  part("sections", bundle.smoke.sections);
  part("entries", bundle.smoke.entries);
  json.key("readiness").begin_object();
  json.key("status").string(bundle.readiness.status());
  json.key("readinessScore").number(bundle.readiness.score);
  json.end_object();
  json.key("commerceChecksEnabled").boolean(bundle.readiness.input.commerce);
  json.end_object();
  json.end_object();
}

}  // namespace

void write_bundle_checks(JsonWriter& json, const Checks& checks, const Diagnostics& bundle, const Runtime& runtime, const Redactor& redact) {
  json.begin_object();
  json.key("auth");
  CheckWriter auth(json, checks.auth, redact);
  write_auth_details(json, bundle.posture, runtime);
  auth.end(bundle.at);
  json.key("readiness");
  CheckWriter readiness(json, checks.readiness, redact);
  write_readiness_details(json, bundle.readiness, runtime, bundle.at);
  readiness.end(bundle.at);
  json.key("smoke");
  CheckWriter smoke(json, checks.smoke, redact);
  write_smoke_details(json, bundle, redact);
  smoke.end(bundle.at);
  json.end_object();
}

/// `status`, `warningCount` and `errorCount` stand beside `checks`, so that both readings of the contract work ([FIX] of 5.7).
void write_bundle_summary(JsonWriter& json, const Checks& checks, const Diagnostics& bundle) {
  json.begin_object();
  json.key("status").string(checks.status());
  json.key("warningCount").number_u64(checks.warnings());
  json.key("errorCount").number_u64(checks.errors());
  json.key("checks").begin_object();
  json.key("checksTotal").number(3);
  json.key("checksFailed").number_u64(checks.failed());
  json.key("checksPassed").number_u64(3 - checks.failed());
  json.key("errorsTotal").number_u64(checks.errors());
  json.key("warningsTotal").number_u64(checks.warnings());
  json.key("status").string(checks.status());
  json.end_object();
  json.key("collectionErrors").number_u64(bundle.errors.size());
  json.key("reliability").begin_object();
  json.key("status").string(name(bundle.reliability.status));
  json.key("signalsWarn").number_u64(bundle.reliability.count(Level::kWarn));
  json.key("signalsCritical").number_u64(bundle.reliability.count(Level::kCritical));
  json.key("topSignals").number_u64(bundle.reliability.top().size());
  json.end_object();
  json.key("lifecycle").begin_object();
  json.key("status").string(name(bundle.lifecycle.status));
  json.key("agents").number_u64(bundle.lifecycle.rows.size());
  json.key("riskWarn").number_u64(bundle.lifecycle.summary.risk_warn);
  json.key("riskCritical").number_u64(bundle.lifecycle.summary.risk_critical);
  json.end_object();
  json.end_object();
}

}  // namespace app::operations
