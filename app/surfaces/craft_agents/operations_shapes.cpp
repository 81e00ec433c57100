#include "app/surfaces/craft_agents/operations_shapes.h"

#include "app/surfaces/craft_agents/shapes.h"

namespace app::craft_agents::shapes {

using engine::net::Shape;

namespace {

using Members = std::vector<Shape::Member>;

Shape levels() { return Shape::one_of({"ok", "warn", "critical"}); }
Shape profiles() { return Shape::one_of({"local", "test", "staging", "production"}); }
Shape sources() { return Shape::one_of({"env", "inferred"}); }

/// {ok, …members, requestId}
Shape bare(Members members) {
  members.insert(members.begin(), {"ok", Shape::boolean()});
  members.push_back({"requestId", Shape::text()});
  return Shape::object(std::move(members));
}

Shape made_of(std::string_view notation) { return Shape::object(fields(notation, false)); }

Shape signal() {
  auto members = fields("id:s label:s metric:s unit:s value:n warnThreshold:n criticalThreshold:n comparator:s", false);
  members.push_back({"severity", levels()});
  for (auto& member : fields("overflowRatio:n primaryResponse:s", false)) members.push_back(std::move(member));
  return Shape::object(std::move(members));
}

Shape reliability() {
  return Shape::object({{"status", levels()},
                        {"thresholdsVersion", Shape::text()},
                        {"generatedAt", Shape::timestamp()},
                        {"summary", made_of("signalsEvaluated:i signalsWarn:i signalsCritical:i signalsOk:i")},
                        {"topSignals", Shape::array(signal())},
                        {"signals", Shape::array(signal())}});
}

Members metrics_members() {
  auto series = Shape::object({{"name", Shape::text()},
                               {"type", Shape::one_of({"counter", "gauge"})},
                               {"value", Shape::number()},
                               {"unit", Shape::text()},
                               {"description", Shape::text()},
                               {"labels", Shape::array(Shape::any())}});
  return {{"service", Shape::text()},
          {"generatedAt", Shape::timestamp()},
          {"format", Shape::one_of({"json-metric-series"})},
          {"metrics", Shape::array(std::move(series))},
          {"reliability", reliability()},
          {"meta", made_of("counterBackend:s counterResetBehavior:s countingSince:t processStartedAt:t")}};
}

Members health_members() {
  return {{"status", Shape::one_of({"ok"})},
          {"service", Shape::text()},
          {"pluginVersion", Shape::text()},
          {"environment", Shape::text()},
          {"environmentProfile", profiles()},
          {"environmentProfileSource", sources()},
          {"profileDefaultsApplied", Shape::boolean()},
          {"effectivePolicyVersion", Shape::text()},
          {"timezone", Shape::text()},
          {"generatedAt", Shape::timestamp()},
          {"enabledPlugins", made_of("commerce:b")},
          {"systemComponents", made_of("db:b cache:b users:b")}};
}

Members readiness_members() {
  auto members = health_members();
  members.push_back({"readinessScore", Shape::integer()});
  return members;
}

Shape readiness_details() {
  return Shape::object({{"status", Shape::one_of({"ready", "limited"})},
                        {"readinessScore", Shape::integer()},
                        {"thresholdReady", Shape::integer()},
                        {"breakdown", Shape::array(made_of("id:s label:s weight:i passed:b score:i optional:b*"))},
                        {"componentChecks", made_of("systemComponents:o enabledPlugins:o")},
                        {"warnings", Shape::array(Shape::text())},
                        {"summary", Shape::object(readiness_members())}});
}

Shape lifecycle_row() {
  auto members = fields("credentialId:i handle:s displayName:s", false);
  members.push_back({"mode", Shape::one_of({"revoked", "expired", "paused", "expiring_soon", "active"})});
  members.push_back({"expiryStatus", Shape::one_of({"none", "never", "active", "expiring_soon", "expired"})});
  for (auto& member : fields("expiresInDays:i? lastUsedAt:t? daysSinceLastUsed:i? rotatedAt:t? daysSinceRotated:i dateCreated:t daysSinceCreated:i", false))
    members.push_back(std::move(member));
  auto metadata = fields("owner:s useCase:s environment:s", false);
  metadata.push_back({"source", Shape::one_of({"map", "credential", "inferred"})});
  auto factor = Shape::object({{"id", Shape::text()}, {"level", levels()}, {"message", Shape::text()}});
  auto stale = Shape::object({{"level", levels()}, {"message", Shape::text()}});
  members.push_back({"metadata", Shape::object(std::move(metadata))});
  members.push_back(
      {"risk",
       Shape::object({{"level", levels()}, {"factors", Shape::array(std::move(factor))}, {"recommendedAction", Shape::text()}, {"stale", std::move(stale)}})});
  return Shape::object(std::move(members));
}

Members lifecycle_members() {
  return {
      {"service", Shape::text()},
      {"version", Shape::text()},
      {"generatedAt", Shape::timestamp()},
      {"status", levels()},
      {"runtime", Shape::object({{"environment", Shape::text()}, {"environmentProfile", profiles()}, {"environmentProfileSource", sources()}})},
      {"thresholds",
       made_of(
           "staleUnusedWarnDays:i staleUnusedCriticalDays:i staleNeverUsedWarnDays:i staleNeverUsedCriticalDays:i rotationWarnDays:i rotationCriticalDays:i")},
      {"summary",
       made_of("total:i active:i paused:i revoked:i expired:i riskWarn:i riskCritical:i staleWarn:i staleCritical:i missingOwner:i metadataMapped:i")},
      {"topRisks", Shape::array(lifecycle_row())},
      {"agents", Shape::array(lifecycle_row())}};
}

Members adoption_members() {
  const auto window = made_of("activeCredentials:i inactiveCredentials:i");
  return {{"generatedAt", Shape::timestamp()},
          {"funnel", made_of("configuredCredentials:i managedCredentialsTotal:i managedCredentialsUsedAtLeastOnce:i managedCredentialsUnused:i")},
          {"timeToFirstSuccess", made_of("sampleSize:i medianSeconds:i? p90Seconds:i?")},
          {"usage", Shape::object({{"windowDays7", window}, {"windowDays30", window}})}};
}

Shape check(Shape details) {
  return Shape::object({{"check", Shape::text()},
                        {"status", Shape::one_of({"ok", "failed"})},
                        {"strict", Shape::boolean()},
                        {"errors", Shape::array(Shape::text())},
                        {"warnings", Shape::array(Shape::text())},
                        {"details", std::move(details)},
                        {"generatedAt", Shape::timestamp()}});
}

Shape summary() {
  return Shape::object({{"status", Shape::one_of({"ok", "failed"})},
                        {"warningCount", Shape::integer()},
                        {"errorCount", Shape::integer()},
                        {"checks", made_of("checksTotal:i checksFailed:i checksPassed:i errorsTotal:i warningsTotal:i status:s")},
                        {"collectionErrors", Shape::integer()},
                        {"reliability", made_of("status:s signalsWarn:i signalsCritical:i topSignals:i")},
                        {"lifecycle", made_of("status:s agents:i riskWarn:i riskCritical:i")}});
}

Shape snapshots() {
  auto readiness =
      Shape::object({{"health", Shape::object(health_members())}, {"summary", Shape::object(readiness_members())}, {"diagnostics", readiness_details()}});
  return Shape::object({{"security", made_of("environment:s profile:o authentication:o rateLimit:o privacy:o webhook:o warnings:O warningCounts:o")},
                        {"readiness", std::move(readiness)},
                        {"consumers", made_of("summary:o rows:O")},
                        {"webhooks", made_of("total:i failed:i queued:i events:O")},
                        {"observability", Shape::object(metrics_members())},
                        {"reliability", reliability()},
                        {"lifecycle", Shape::object(lifecycle_members())},
                        {"adoption", Shape::object(adoption_members())}});
}

}  // namespace

Shape readiness() { return bare(readiness_members()); }
Shape metrics() { return bare(metrics_members()); }
Shape lifecycle() { return bare(lifecycle_members()); }
Shape adoption() { return bare(adoption_members()); }

Shape incidents() {
  auto members = fields("incidentId:s", false);
  members.push_back({"severity", Shape::one_of({"warn", "critical"})});
  for (auto& member :
       fields("category:s signalId:s title:s metricName:s currentValue:n warnThreshold:n criticalThreshold:n unit:s comparator:s recommendedAction:s source:s "
              "firstSeenAt:t lastSeenAt:t redaction:s",
              false)) {
    members.push_back(std::move(member));
  }
  auto meta = fields("count:i limit:i filters:o", false);
  meta.push_back({"severityCounts", made_of("critical:i warn:i")});
  for (auto& member : fields("source:s redaction:s", false)) meta.push_back(std::move(member));
  return bare({{"service", Shape::text()},
               {"type", Shape::one_of({"incidents.snapshot"})},
               {"generatedAt", Shape::timestamp()},
               {"status", levels()},
               {"data", Shape::array(Shape::object(std::move(members)))},
               {"meta", Shape::object(std::move(meta))}});
}

Shape diagnostics() {
  auto error = made_of("section:s message:s");
  return Shape::object(
      {{"ok", Shape::boolean()},
       {"service", Shape::text()},
       {"type", Shape::one_of({"diagnostics.bundle"})},
       {"version", Shape::text()},
       {"generatedAt", Shape::timestamp()},
       {"source", Shape::one_of({"api", "cli", "cp", "runtime"})},
       {"requestId", Shape::text()},
       {"redactionPolicy", made_of("excluded:S included:S")},
       {"runtime", Shape::map(Shape::any())},
       {"checks",
        Shape::object({{"auth", check(Shape::map(Shape::any()))}, {"readiness", check(readiness_details())}, {"smoke", check(Shape::map(Shape::any()))}})},
       {"summary", summary()},
       {"snapshots", snapshots()},
       {"collectionErrors", Shape::array(std::move(error))}});
}

}  // namespace app::craft_agents::shapes
