#include "app/operations/diagnostics.h"

#include <algorithm>

#include <simdjson.h>

#include "app/operations/report_json.h"

namespace app::operations {

namespace {

using engine::JsonWriter;
constexpr std::size_t kErrorBytes = 1024;

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

void write_runtime(JsonWriter& json, const Runtime& runtime) {
  const auto& settings = runtime.settings;
  json.begin_object();
  json.key("enabled").boolean(settings.enabled);
  json.key("enabledSource").string(runtime.switch_set ? "env" : "default");
  json.key("environment").string(settings.environment);
  json.key("environmentProfile").string(trust::name(settings.profile));
  json.key("environmentProfileSource").string(profile_source(settings));
  json.key("profileDefaultsApplied").boolean(!settings.defaults_applied.empty());
  json.key("effectivePolicyVersion").string(kPolicyVersion);
  json.key("writesExperimentalEnabled").boolean(settings.features.writes);
  json.end_object();
}

void write_auth_details(JsonWriter& json, const Posture& posture, const Runtime& runtime) {
  const auto& settings = runtime.settings;
  json.begin_object();
  json.key("environment").string(settings.environment);
  json.key("environmentProfile").string(trust::name(settings.profile));
  json.key("environmentProfileSource").string(profile_source(settings));
  json.key("profileDefaultsApplied").boolean(!settings.defaults_applied.empty());
  json.key("profileDefaultsAppliedFields");
  write_texts(json, settings.defaults_applied);
  json.key("effectivePolicyVersion").string(kPolicyVersion);
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

struct Checks {
  Check auth, readiness, smoke;
  std::size_t sum(std::size_t (*of)(const Check&)) const { return of(auth) + of(readiness) + of(smoke); }
  std::size_t failed() const { return sum([](const Check& check) -> std::size_t { return check.failed() ? 1 : 0; }); }
  std::size_t errors() const { return sum([](const Check& check) { return check.errors.size(); }); }
  std::size_t warnings() const { return sum([](const Check& check) { return check.warnings.size(); }); }
  std::string_view status() const { return failed() ? "failed" : "ok"; }
};

void write_checks(JsonWriter& json, const Checks& checks, const Diagnostics& bundle, const Runtime& runtime, const Redactor& redact) {
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
void write_summary(JsonWriter& json, const Checks& checks, const Diagnostics& bundle) {
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

/// What an integration keeps beside its checkpoint is its own ([FIX] of 5.7); so is its cursor, which opens a place in the feed.
void write_consumers(JsonWriter& json, const Diagnostics& bundle) {
  const auto summary = feed::summarise_lag(bundle.checkpoints, bundle.at);
  json.begin_object();
  json.key("summary").begin_object();
  json.key("count").number_u64(summary.count);
  json.key("healthy").number_u64(summary.healthy);
  json.key("warning").number_u64(summary.warning);
  json.key("critical").number_u64(summary.critical);
  json.key("maxLagSeconds").number_u64(summary.max_seconds);
  json.end_object();
  json.key("rows").begin_array();
  for (const auto& row : bundle.checkpoints) {
    const auto lag = feed::lag_seconds(row, bundle.at);
    json.begin_object();
    json.key("id").number_u64(row.id.value);
    json.key("integrationKey").string(row.integration);
    json.key("resourceType").string(row.resource);
    json.key("cursor");
    row.cursor ? json.string(kRedacted) : json.null();
    json.key("updatedSince");
    time_or_null(json, row.since);
    json.key("checkpointAt").string(engine::rfc3339(row.at));
    json.key("lagSeconds").number(lag);
    json.key("lagBucket").string(feed::lag_bucket(lag));
    json.key("metadata").begin_object();
    if (!row.metadata.empty()) json.key("redacted").boolean(true);
    json.end_object();
    json.key("dateCreated").string(engine::rfc3339(row.created));
    json.key("dateUpdated").string(engine::rfc3339(row.updated));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

/// The envelope of an event, without its snapshot; a member that is no text is null.
void write_payload_meta(JsonWriter& json, const std::string& payload) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const bool readable = !parser.parse(payload).get(root);
  json.begin_object();
  for (const char* key : {"id", "occurredAt", "resourceType", "resourceId", "action", "updatedAt"}) {
    std::string_view text;
    json.key(key);
    readable && !root[key].get(text) ? json.string(text) : json.null();
  }
  json.end_object();
}

void write_webhooks(JsonWriter& json, const Diagnostics& bundle, const Redactor& redact) {
  const auto with = [&](delivery::DeadLetterStatus status) {
    return static_cast<std::uint64_t>(
        std::count_if(bundle.letters.begin(), bundle.letters.end(), [status](const delivery::DeadLetter& letter) { return letter.status == status; }));
  };
  const auto text = [&json](std::string_view key, std::string_view value) {
    json.key(key);
    value.empty() ? json.null() : json.string(value);
  };
  json.begin_object();
  json.key("total").number_u64(bundle.letters.size());
  json.key("failed").number_u64(with(delivery::DeadLetterStatus::kFailed));
  json.key("queued").number_u64(with(delivery::DeadLetterStatus::kQueued));
  json.key("events").begin_array();
  for (std::size_t i = 0; i < std::min(bundle.letters.size(), Diagnostics::kLettersShown); ++i) {
    const auto& letter = bundle.letters[i];
    json.begin_object();
    json.key("id").number_u64(letter.id.value);
    json.key("eventId").string(feed::text(letter.event_id));
    text("resourceType", letter.key.type);
    text("resourceId", letter.key.id);
    text("action", letter.action == feed::Action::kNone ? std::string_view{} : feed::name(letter.action));
    json.key("status").string(delivery::name(letter.status));
    json.key("attempts").number(letter.attempts);
    text("lastError", redact(letter.last_error).substr(0, kErrorBytes));
    json.key("dateCreated").string(engine::rfc3339(letter.created));
    json.key("dateUpdated").string(engine::rfc3339(letter.updated));
    json.key("payloadMeta");
    write_payload_meta(json, letter.payload);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_snapshots(JsonWriter& json, const Diagnostics& bundle, const Runtime& runtime, const CounterAges& ages, const Redactor& redact) {
  json.begin_object();
  json.key("security");
  write_posture(json, bundle.posture, runtime);
  json.key("readiness").begin_object();
  json.key("health").begin_object();
  write_health_members(json, bundle.readiness, runtime.version, runtime.settings, bundle.at);
  json.end_object();
  json.key("summary");
  write_readiness(json, bundle.readiness, runtime, bundle.at);
  json.key("diagnostics");
  write_readiness_details(json, bundle.readiness, runtime, bundle.at);
  json.end_object();
  json.key("consumers");
  write_consumers(json, bundle);
  json.key("webhooks");
  write_webhooks(json, bundle, redact);
  json.key("observability");
  write_metrics(json, metric_series(bundle.metrics), bundle.reliability, ages);
  json.key("reliability");
  write_reliability(json, bundle.reliability);
  json.key("lifecycle");
  write_lifecycle(json, bundle.lifecycle, runtime, &redact);
  json.key("adoption");
  write_adoption(json, bundle.metrics.adoption);
  json.end_object();
}

void write_policy(JsonWriter& json) {
  json.begin_object();
  json.key("excluded").begin_array();
  for (const auto* text : {"tokens", "digests of tokens", "webhook secrets", "passwords and keys", "checkpoint cursors and metadata", "event payloads", "e-mail addresses"}) json.string(text);
  json.end_array();
  json.key("included").begin_array();
  for (const auto* text : {"how many credentials there are and what they may do", "warnings and errors", "what the endpoints are"}) json.string(text);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string bundle_json(const Diagnostics& bundle, const Runtime& runtime, const CounterAges& ages, const Redactor& redact) {
  const Checks checks{auth_check(bundle.posture, runtime.settings), readiness_check(bundle.readiness), smoke_check(bundle.smoke, bundle.readiness)};
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("service").string(kServiceName);
  json.key("type").string("diagnostics.bundle");
  json.key("version").string(runtime.version);
  json.key("generatedAt").string(engine::rfc3339(bundle.at));
  json.key("source").string(bundle.source);
  json.key("requestId").string(bundle.request_id);
  json.key("redactionPolicy");
  write_policy(json);
  json.key("runtime");
  write_runtime(json, runtime);
  json.key("checks");
  write_checks(json, checks, bundle, runtime, redact);
  json.key("summary");
  write_summary(json, checks, bundle);
  json.key("snapshots");
  write_snapshots(json, bundle, runtime, ages, redact);
  json.key("collectionErrors").begin_array();
  for (const auto& error : bundle.errors) {
    json.begin_object();
    json.key("section").string(error.section);
    json.key("message").string(redact(error.message));
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return out;
}

}  // namespace app::operations
