#include <algorithm>
#include <map>

#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;
using engine::net::Parameter;
using engine::net::ParameterPlace;

bool has(const trust::Route& route, ParameterPlace place) {
  return std::any_of(route.parameters.begin(), route.parameters.end(), [&](const Parameter& p) { return p.place == place; });
}

void write_parameters(JsonWriter& json, const trust::Route& route) {
  if (!has(route, ParameterPlace::kQuery) && !has(route, ParameterPlace::kPath)) return;
  json.key("parameters").begin_array();
  for (const auto& parameter : route.parameters) {
    if (parameter.place == ParameterPlace::kBody) continue;
    const bool in_path = parameter.place == ParameterPlace::kPath;
    json.begin_object();
    json.key("in").string(in_path ? "path" : "query");
    json.key("name").string(parameter.name);
    if (in_path || parameter.required) json.key("required").boolean(true);
    json.key("schema");
    write_parameter_schema(json, parameter);
    if (!parameter.description.empty()) json.key("description").string(parameter.description);
    json.end_object();
  }
  json.end_array();
}

void write_body(JsonWriter& json, const trust::Route& route) {
  if (route.reads()) return;
  json.key("requestBody").begin_object();
  json.key("required").boolean(true);
  json.key("content").begin_object().key("application/json").begin_object().key("schema").begin_object();
  json.key("additionalProperties").boolean(true);
  write_members(json, route.parameters, ParameterPlace::kBody);
  json.end_object().end_object().end_object().end_object();
}

void write_responses(JsonWriter& json, const trust::Route& route) {
  std::map<int, std::string_view> refusals(route.errors.begin(), route.errors.end());
  refusals[401] = "Missing or invalid token.";
  refusals[403] = "Token is valid but missing required scope.";
  refusals[429] = "Rate limit exceeded.";
  refusals[503] = "Service disabled, not ready or server misconfigured.";
  json.key("responses").begin_object();
  std::string schema;
  engine::net::append_json_schema(schema, route.response);
  json.key("200").begin_object();
  json.key("description").string("OK");
  json.key("content").begin_object().key("application/json").begin_object().key("schema").raw(schema).end_object().end_object();
  json.end_object();
  for (const auto& [status, description] : refusals) {
    json.key(std::to_string(status)).begin_object().key("description").string(description).end_object();
  }
  json.end_object();
}

void write_operation(JsonWriter& json, const trust::Route& route) {
  json.begin_object();
  json.key("summary").string(route.summary);
  if (route.deprecated) json.key("deprecated").boolean(true);
  write_parameters(json, route);
  write_body(json, route);
  write_responses(json, route);
  json.key("x-required-scopes");
  write_strings(json, route.scopes.required);
  if (!route.scopes.optional.empty()) {
    json.key("x-optional-scopes");
    write_strings(json, route.scopes.optional);
  }
  if (!route.scopes.alternatives.empty()) {
    json.key(route.deprecated ? "x-alternative-scopes" : "x-legacy-scopes");
    write_strings(json, route.scopes.alternatives);
  }
  write_payload_forms(json, "x-action-payloads", route);
  if (!route.replaced_by.empty()) json.key("x-replaced-by").string(route.replaced_by);
  json.end_object();
}

void write_paths(JsonWriter& json, const Service& service) {
  std::vector<std::string_view> paths;
  std::map<std::string_view, std::vector<const trust::Route*>> by_path;
  for (const auto* route : listed_routes(service)) {
    auto& operations = by_path[route->path];
    if (operations.empty()) paths.push_back(route->path);
    operations.push_back(route);
  }
  json.begin_object();
  for (const auto path : paths) {
    json.key(path).begin_object();
    for (const auto* route : by_path[path]) {
      json.key(engine::net::ascii_lower(engine::net::name(route->method)));
      write_operation(json, *route);
    }
    json.end_object();
  }
  json.end_object();
}

/// Empty where neither the configuration nor the request says how the service is reached.
std::string absolute_base(const Service& service, const engine::net::Request& request) {
  if (!service.config.public_url.empty()) return service.config.public_url + std::string(kBasePath);
  const auto host = request.header("Host").value_or("");
  constexpr std::string_view kHostCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_[]";
  if (host.empty() || host.find_first_not_of(kHostCharacters) != host.npos) return {};
  return service.config.scheme + "://" + std::string(host) + std::string(kBasePath);
}

void write_servers(JsonWriter& json, const std::string& absolute) {
  json.begin_array();
  if (!absolute.empty()) json.begin_object().key("url").string(absolute).key("description").string("Absolute base URL").end_object();
  json.begin_object().key("url").string(kBasePath).key("description").string("Base path on this host").end_object();
  json.end_array();
}

void write_components(JsonWriter& json, const trust::GateSettings& settings) {
  json.begin_object();
  json.key("securitySchemes").begin_object();
  if (settings.require_token) {
    json.key("bearerAuth").begin_object().key("type").string("http").key("scheme").string("bearer").end_object();
    json.key("agentsToken").begin_object();
    json.key("type").string("apiKey").key("in").string("header").key("name").string("X-Agents-Token").end_object();
    if (settings.allow_query_token) {
      json.key("queryToken").begin_object();
      json.key("type").string("apiKey").key("in").string("query").key("name").string("apiToken").key("x-allowed-methods");
      write_strings(json, {"GET", "HEAD"});
      json.end_object();
    }
  }
  json.end_object();
  json.key("x-error-codes");
  write_error_codes(json);
  json.end_object();
}

}  // namespace

Task<Reply> openapi(const Service& service, CallContext& call) {
  const auto& gate = *service.gate;
  trust::Answer answer;
  JsonWriter json(answer.body);
  json.begin_object();
  json.key("openapi").string("3.1.0");
  json.key("info").begin_object();
  json.key("title").string("Agents API");
  json.key("version").string(service.config.version);
  json.key("description").string("Governed machine access to a site's content: change feed, webhooks and their dead letters.");
  json.end_object();
  json.key("servers");
  write_servers(json, absolute_base(service, call.request));
  json.key("x-discovery-aliases");
  write_aliases(json, gate);
  json.key("x-runtime-profile");
  write_runtime_profile(json, gate.settings());
  json.key("paths");
  write_paths(json, service);
  json.key("components");
  write_components(json, gate.settings());
  json.key("security").begin_array();
  if (gate.settings().require_token) {
    json.begin_object().key("bearerAuth").begin_array().end_array().end_object();
    json.begin_object().key("agentsToken").begin_array().end_array().end_object();
  }
  json.end_array();
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
