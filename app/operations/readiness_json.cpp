#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

namespace {

void write_components(JsonWriter& json, const Readiness& readiness) {
  const auto& components = readiness.input.components;
  json.begin_object();
  json.key("db").boolean(components.database);
  json.key("cache").boolean(components.cache);
  json.key("users").boolean(components.users);
  json.end_object();
}

void write_plugins(JsonWriter& json, const Readiness& readiness) {
  json.begin_object();
  json.key("commerce").boolean(readiness.input.commerce);
  json.end_object();
}

void write_breakdown(JsonWriter& json, const Readiness& readiness) {
  json.begin_array();
  for (const auto& criterion : readiness.breakdown) {
    json.begin_object();
    json.key("id").string(criterion.id);
    json.key("label").string(criterion.label);
    json.key("weight").number(criterion.weight);
    json.key("passed").boolean(criterion.passed);
    json.key("score").number(criterion.score());
    if (criterion.optional) json.key("optional").boolean(true);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void write_profile_members(JsonWriter& json, const trust::GateSettings& settings, bool fields) {
  json.key("environment").string(settings.environment);
  json.key("environmentProfile").string(trust::name(settings.profile));
  json.key("environmentProfileSource").string(profile_source(settings));
  json.key("profileDefaultsApplied").boolean(!settings.defaults_applied.empty());
  if (fields) {
    json.key("profileDefaultsAppliedFields");
    write_texts(json, settings.defaults_applied);
  }
  json.key("effectivePolicyVersion").string(kPolicyVersion);
}

void write_health_members(JsonWriter& json, const Readiness& readiness, std::string_view version, const trust::GateSettings& settings, engine::WallTime now) {
  json.key("status").string("ok");
  json.key("service").string(kServiceName);
  json.key("pluginVersion").string(version);
  write_profile_members(json, settings, false);
  json.key("timezone").string("UTC");
  json.key("generatedAt").string(engine::rfc3339(now));
  json.key("enabledPlugins");
  write_plugins(json, readiness);
  json.key("systemComponents");
  write_components(json, readiness);
}

void write_readiness(JsonWriter& json, const Readiness& readiness, const Runtime& runtime, engine::WallTime now) {
  json.begin_object();
  write_health_members(json, readiness, runtime.version, runtime.settings, now);
  json.key("readinessScore").number(readiness.score);
  json.end_object();
}

void write_readiness_details(JsonWriter& json, const Readiness& readiness, const Runtime& runtime, engine::WallTime now) {
  json.begin_object();
  json.key("status").string(readiness.status());
  json.key("readinessScore").number(readiness.score);
  json.key("thresholdReady").number(Readiness::kReady);
  json.key("breakdown");
  write_breakdown(json, readiness);
  json.key("componentChecks").begin_object();
  json.key("systemComponents");
  write_components(json, readiness);
  json.key("enabledPlugins");
  write_plugins(json, readiness);
  json.end_object();
  json.key("warnings");
  write_texts(json, readiness.warnings);
  json.key("summary");
  write_readiness(json, readiness, runtime, now);
  json.end_object();
}

}  // namespace app::operations
