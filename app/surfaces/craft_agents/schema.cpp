// /schema: every keyed route as small JSON Schemas (contract craft-agents-api section 14.5).
#include <map>

#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;
using engine::net::ParameterPlace;

constexpr std::string_view kVersion = "v1";

/// {"type":"object","required":[…],"properties":{…}} of what is sent in the query, or in the body.
void write_sent(JsonWriter& json, const trust::Route& route) {
  json.begin_object();
  write_members(json, route.parameters, route.reads() ? ParameterPlace::kQuery : ParameterPlace::kBody);
  write_payload_forms(json, "xActionPayloads", route);
  json.end_object();
}

void write_schema(JsonWriter& json, const trust::Route& route) {
  std::string response;
  engine::net::append_json_schema(response, route.response);
  json.begin_object();
  json.key("method").string(engine::net::name(route.method));
  json.key("path").string(std::string(kBasePath) + std::string(route.path));
  if (route.deprecated) json.key("deprecated").boolean(true);
  json.key(route.reads() ? "query" : "body");
  write_sent(json, route);
  json.key("response").raw(response);
  json.end_object();
}

std::map<std::string_view, const trust::Route*> keyed_routes(const Service& service) {
  std::map<std::string_view, const trust::Route*> keyed;
  for (const auto* route : listed_routes(service)) {
    if (!route->key.empty()) keyed.emplace(route->key, route);
  }
  return keyed;
}

}  // namespace

Task<Reply> schema(const Service& service, CallContext& call) {
  const auto version = engine::net::ascii_lower(call.arguments.text("version").value_or(kVersion));
  const auto endpoint = engine::net::ascii_lower(call.arguments.text("endpoint").value_or(""));
  if (version != kVersion) co_return refused(trust::Reason::kInvalid, "Unsupported schema version `" + version + "`.");
  const auto keyed = keyed_routes(service);
  const auto one = keyed.find(endpoint);
  if (!endpoint.empty() && one == keyed.end()) {
    co_return refused(trust::Reason::kInvalid, "Unknown endpoint `" + endpoint + "` in schema version `" + version + "`.");
  }
  trust::Answer answer;
  JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("version").string(version);
  json.key("generatedAt").string(engine::rfc3339(call.now));
  json.key("runtimeProfile");
  write_runtime_profile(json, service.settings());
  if (endpoint.empty()) {
    json.key("count").number_u64(keyed.size());
    json.key("schemas").begin_object();
    for (const auto& [key, route] : keyed) {
      json.key(key);
      write_schema(json, *route);
    }
    json.end_object();
  } else {
    json.key("endpoint").string(endpoint);
    json.key("schema");
    write_schema(json, *one->second);
  }
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
