#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

namespace {

std::string shown(const std::string& text, const Redactor* redact) { return redact ? (*redact)(text) : text; }

void write_factor(JsonWriter& json, const RiskFactor& factor) {
  json.begin_object();
  json.key("id").string(factor.id);
  json.key("level").string(name(factor.level));
  json.key("message").string(factor.message);
  json.end_object();
}

void write_risk(JsonWriter& json, const LifecycleRow& row) {
  json.begin_object();
  json.key("level").string(name(row.risk));
  json.key("factors").begin_array();
  for (const auto& factor : row.factors) write_factor(json, factor);
  json.end_array();
  json.key("recommendedAction").string(row.recommended_action);
  json.key("stale").begin_object();
  json.key("level").string(name(row.stale.level));
  json.key("message").string(row.stale.message);
  json.end_object();
  json.end_object();
}

void write_row(JsonWriter& json, const LifecycleRow& row, const Redactor* redact) {
  json.begin_object();
  json.key("credentialId").number_u64(row.id);
  json.key("handle").string(row.handle);
  json.key("displayName").string(shown(row.display_name, redact));
  json.key("mode").string(trust::name(row.mode));
  json.key("expiryStatus").string(row.expiry_status);
  json.key("expiresInDays");
  number_or_null(json, row.expires_in_days);
  json.key("lastUsedAt");
  time_or_null(json, row.last_used_at);
  json.key("daysSinceLastUsed");
  number_or_null(json, row.days_since_last_used);
  json.key("rotatedAt");
  time_or_null(json, row.rotated_at);
  json.key("daysSinceRotated").number(row.days_since_rotated);
  json.key("dateCreated").string(engine::rfc3339(row.created));
  json.key("daysSinceCreated").number(row.days_since_created);
  json.key("metadata").begin_object();
  json.key("owner").string(shown(row.metadata.owner, redact));
  json.key("useCase").string(shown(row.metadata.use_case, redact));
  json.key("environment").string(row.metadata.environment);
  json.key("source").string(row.metadata_source);
  json.end_object();
  json.key("risk");
  write_risk(json, row);
  json.end_object();
}

void write_summary(JsonWriter& json, const LifecycleSummary& summary) {
  json.begin_object();
  json.key("total").number_u64(summary.total);
  json.key("active").number_u64(summary.active);
  json.key("paused").number_u64(summary.paused);
  json.key("revoked").number_u64(summary.revoked);
  json.key("expired").number_u64(summary.expired);
  json.key("riskWarn").number_u64(summary.risk_warn);
  json.key("riskCritical").number_u64(summary.risk_critical);
  json.key("staleWarn").number_u64(summary.stale_warn);
  json.key("staleCritical").number_u64(summary.stale_critical);
  json.key("missingOwner").number_u64(summary.missing_owner);
  json.key("metadataMapped").number_u64(summary.metadata_mapped);
  json.end_object();
}

void write_thresholds(JsonWriter& json, const LifecycleThresholds& thresholds) {
  json.begin_object();
  json.key("staleUnusedWarnDays").number(thresholds.stale_unused_warn);
  json.key("staleUnusedCriticalDays").number(thresholds.stale_unused_critical);
  json.key("staleNeverUsedWarnDays").number(thresholds.stale_never_used_warn);
  json.key("staleNeverUsedCriticalDays").number(thresholds.stale_never_used_critical);
  json.key("rotationWarnDays").number(thresholds.rotation_warn);
  json.key("rotationCriticalDays").number(thresholds.rotation_critical);
  json.end_object();
}

}  // namespace

void write_lifecycle_rows(JsonWriter& json, std::span<const LifecycleRow* const> rows, const Redactor* redact) {
  json.begin_array();
  for (const auto* row : rows) write_row(json, *row, redact);
  json.end_array();
}

void write_lifecycle(JsonWriter& json, const Lifecycle& lifecycle, const Runtime& runtime, const Redactor* redact) {
  json.begin_object();
  json.key("service").string(kServiceName);
  json.key("version").string(runtime.version);
  json.key("generatedAt").string(engine::rfc3339(lifecycle.at));
  json.key("status").string(name(lifecycle.status));
  json.key("runtime").begin_object();
  json.key("environment").string(runtime.settings.environment);
  json.key("environmentProfile").string(trust::name(runtime.settings.profile));
  json.key("environmentProfileSource").string(profile_source(runtime.settings));
  json.end_object();
  json.key("thresholds");
  write_thresholds(json, lifecycle.thresholds);
  json.key("summary");
  write_summary(json, lifecycle.summary);
  json.key("topRisks");
  write_lifecycle_rows(json, lifecycle.top(), redact);
  json.key("agents").begin_array();
  for (const auto& row : lifecycle.rows) write_row(json, row, redact);
  json.end_array();
  json.end_object();
}

}  // namespace app::operations
