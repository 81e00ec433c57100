#include "app/operations/bundle_parts.h"
#include "app/operations/report_json.h"

namespace app::operations {

namespace {

using engine::JsonWriter;

void write_runtime(JsonWriter& json, const Runtime& runtime) {
  const auto& settings = runtime.settings;
  json.begin_object();
  json.key("enabled").boolean(settings.enabled);
  json.key("enabledSource").string(runtime.switch_set ? "env" : "default");
  write_profile_members(json, settings, false);
  json.key("writesExperimentalEnabled").boolean(settings.features.writes);
  json.end_object();
}

void write_policy(JsonWriter& json) {
  json.begin_object();
  json.key("excluded").begin_array();
  for (const auto* text :
       {"tokens", "digests of tokens", "webhook secrets", "passwords and keys", "checkpoint cursors and metadata", "event payloads", "e-mail addresses"})
    json.string(text);
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
  write_bundle_checks(json, checks, bundle, runtime, redact);
  json.key("summary");
  write_bundle_summary(json, checks, bundle);
  json.key("snapshots");
  write_bundle_snapshots(json, bundle, runtime, ages, redact);
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
