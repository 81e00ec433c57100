#include "app/operations/system_status.h"

#include <algorithm>

#include "app/operations/report_json.h"

namespace app::operations {

namespace {

void add_once(std::vector<std::string>& issues, std::string issue) {
  if (std::find(issues.begin(), issues.end(), issue) == issues.end()) issues.push_back(std::move(issue));
}

}  // namespace

SystemStatus evaluate_system(Check auth, Reliability reliability, Lifecycle lifecycle) {
  SystemStatus system;
  system.at = reliability.at;
  system.auth_status = !auth.errors.empty() ? Level::kCritical : !auth.warnings.empty() ? Level::kWarn : Level::kOk;
  system.status = std::max({system.auth_status, reliability.status, lifecycle.status});
  for (const auto* messages : {&auth.errors, &auth.warnings}) {
    for (const auto& message : *messages) add_once(system.issues, message);
  }
  for (const auto& signal : reliability.top()) add_once(system.issues, std::string(signal.label) + ": " + std::string(name(signal.severity)));
  for (const auto* row : lifecycle.top(SystemStatus::kLifecycleIssues)) add_once(system.issues, "Credential " + row->handle + ": " + row->recommended_action);
  system.auth = std::move(auth);
  system.reliability = std::move(reliability);
  system.lifecycle = std::move(lifecycle);
  return system;
}

bool is_worth_telling(std::optional<Level> before, Level now) { return before ? *before != now : now != Level::kOk; }

std::string system_json(const SystemStatus& system, const Redactor& redact) {
  const auto& summary = system.lifecycle.summary;
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("generatedAt").string(engine::rfc3339(system.at));
  json.key("status").string(name(system.status));
  json.key("auth").begin_object();
  json.key("status").string(name(system.auth_status));
  json.key("errors");
  write_texts(json, system.auth.errors);
  json.key("warnings");
  write_texts(json, system.auth.warnings);
  json.end_object();
  json.key("reliability").begin_object();
  json.key("status").string(name(system.reliability.status));
  json.key("summary").begin_object();
  json.key("signalsWarn").number_u64(system.reliability.count(Level::kWarn));
  json.key("signalsCritical").number_u64(system.reliability.count(Level::kCritical));
  json.end_object();
  json.key("topSignals");
  write_signals(json, system.reliability.top());
  json.end_object();
  json.key("lifecycle").begin_object();
  json.key("status").string(name(system.lifecycle.status));
  json.key("summary").begin_object();
  json.key("total").number_u64(summary.total);
  json.key("riskWarn").number_u64(summary.risk_warn);
  json.key("riskCritical").number_u64(summary.risk_critical);
  json.end_object();
  json.key("topRisks");
  write_lifecycle_rows(json, system.lifecycle.top(SystemStatus::kLifecycleIssues), &redact);
  json.end_object();
  json.key("issues");
  write_texts(json, system.issues);
  json.end_object();
  return out;
}

}  // namespace app::operations
