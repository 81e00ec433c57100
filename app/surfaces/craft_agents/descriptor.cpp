#include "app/surfaces/craft_agents/descriptor.h"

#include "app/operations/report_json.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

const External* external_of(const Service& service, std::string_view path) {
  for (const auto& external : service.externals) {
    if (path == external->list_path() || path == external->item_path()) return external.get();
  }
  return nullptr;
}

std::vector<const trust::Route*> listed_routes(const Service& service) {
  std::vector<const trust::Route*> listed;
  for (const auto& route : service.gate->routes()) {
    const auto* external = external_of(service, route.path);
    const bool there = !external || service.rooms.status.has_type(external->resource().item);
    if (there && route.alias_of.empty() && trust::is_on(service.settings().features, route.feature)) listed.push_back(&route);
  }
  return listed;
}

void write_aliases(engine::JsonWriter& json, const trust::Gate& gate) {
  json.begin_object();
  for (const auto& route : gate.routes()) {
    if (!route.alias_of.empty()) json.key(route.path).string(std::string(kBasePath) + std::string(route.alias_of));
  }
  json.end_object();
}

void write_strings(engine::JsonWriter& json, const std::vector<std::string_view>& texts) {
  json.begin_array();
  for (const auto text : texts) json.string(text);
  json.end_array();
}

void write_runtime_profile(engine::JsonWriter& json, const trust::GateSettings& settings) {
  json.begin_object();
  operations::write_profile_members(json, settings, true);
  json.end_object();
}

void write_error_codes(engine::JsonWriter& json) {
  json.begin_array();
  for (const auto& row : error_codes()) {
    json.begin_object();
    json.key("status").number(row.status);
    json.key("code").string(row.code);
    json.key("description").string(row.description);
    json.end_object();
  }
  json.end_array();
}

void write_authorization(engine::JsonWriter& json, const Service& service, const trust::Principal& principal) {
  const auto& features = service.settings().features;
  const auto granted = principal.scopes().granted(features);
  json.begin_object();
  json.key("grantedScopes");
  write_strings(json, {granted.begin(), granted.end()});
  json.key("availableScopes").begin_object();
  for (const auto& scope : trust::available_scopes(features)) json.key(scope.name).string(scope.grants);
  for (const auto* external : service.offered()) json.key(external->scope()).string(external->grants());
  json.end_object();
  json.end_object();
}

void write_members(engine::JsonWriter& json, const std::vector<engine::net::Parameter>& parameters, engine::net::ParameterPlace place) {
  std::vector<std::string_view> required;
  for (const auto& parameter : parameters) {
    if (parameter.place == place && parameter.required) required.push_back(parameter.name);
  }
  json.key("type").string("object");
  if (!required.empty()) {
    json.key("required");
    write_strings(json, required);
  }
  json.key("properties").begin_object();
  for (const auto& parameter : parameters) {
    if (parameter.place != place) continue;
    json.key(parameter.name);
    write_parameter_schema(json, parameter);
  }
  json.end_object();
}

void write_payload_forms(engine::JsonWriter& json, std::string_view key, const trust::Route& route) {
  if (route.payloads.empty()) return;
  json.key(key).begin_object();
  for (const auto& form : route.payloads) {
    json.key(form.kind).begin_object();
    json.key("requiredScope").string(form.scope);
    json.key("description").string(form.description);
    json.key("payload").begin_object();
    write_members(json, form.members, engine::net::ParameterPlace::kBody);
    json.end_object().end_object();
  }
  json.end_object();
}

void write_parameter_schema(engine::JsonWriter& json, const engine::net::Parameter& parameter) {
  using engine::net::ParameterType;
  json.begin_object();
  switch (parameter.type) {
    case ParameterType::kInteger: json.key("type").string("integer"); break;
    case ParameterType::kBoolean: json.key("type").string("boolean"); break;
    case ParameterType::kJson: json.key("type").string("object"); break;
    default: json.key("type").string("string");
  }
  if (parameter.type == ParameterType::kTimestamp) json.key("format").string("date-time");
  if (parameter.min) json.key("minimum").number(*parameter.min);
  if (parameter.max) json.key("maximum").number(*parameter.max);
  if (parameter.default_integer) json.key("default").number(*parameter.default_integer);
  if (parameter.default_text) json.key("default").string(*parameter.default_text);
  if (!parameter.pattern.empty()) json.key("pattern").string(parameter.pattern);
  if (!parameter.values.empty()) {
    json.key("enum");
    write_strings(json, parameter.values);
  }
  json.end_object();
}

}  // namespace app::craft_agents
