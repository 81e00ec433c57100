#include "app/commands/command_table.h"
#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

namespace {

void write_authentication(engine::JsonWriter& json, const trust::Gate& gate) {
  const auto& settings = gate.settings();
  const auto credentials = gate.credentials();
  json.begin_object();
  json.key("required").boolean(settings.require_token);
  json.key("allowQueryToken").boolean(settings.allow_query_token);
  json.key("allowInsecureNoTokenInProd").boolean(settings.allow_insecure_no_token_in_production);
  json.key("tokenRequirementForcedInProd").boolean(settings.token_requirement_forced);
  json.key("failOnMissingTokenInProd").boolean(settings.fail_on_missing_token_in_production);
  json.key("tokenConfigured").boolean(credentials && !credentials->empty());
  json.key("credentialCount").number_u64(credentials ? credentials->size() : 0);
  json.key("environment").string(settings.environment);
  json.key("environmentProfile").string(trust::name(settings.profile));
  json.key("environmentProfileSource").string(profile_source(settings));
  json.key("profileDefaultsApplied").boolean(!settings.defaults_applied.empty());
  json.key("effectivePolicyVersion").string(kPolicyVersion);
  json.key("methods");
  if (settings.require_token) {
    write_strings(json, {"Authorization: Bearer <token>", "X-Agents-Token: <token>"});
  } else {
    write_strings(json, {});
  }
  if (settings.allow_query_token) {
    json.key("queryParam").string("apiToken");
    json.key("queryParamAllowedMethods");
    write_strings(json, {"GET", "HEAD"});
  }
  json.end_object();
}

void write_endpoint(engine::JsonWriter& json, const Service& service, const trust::Route& route) {
  std::vector<std::string_view> optional = route.scopes.alternatives;
  optional.insert(optional.end(), route.scopes.optional.begin(), route.scopes.optional.end());
  json.begin_object();
  json.key("method").string(engine::net::name(route.method));
  json.key("path").string(route.path);
  json.key("requiredScopes");
  write_strings(json, route.scopes.required);
  if (!optional.empty()) {
    json.key("optionalScopes");
    write_strings(json, optional);
  }
  if (route.deprecated) json.key("deprecated").boolean(true);
  if (!route.replaced_by.empty()) json.key("replacedBy").string(route.replaced_by);
  if (const auto* external = external_of(service, route.path)) {
    json.key("category").string("external");
    json.key("plugin").string(external->declared().plugin);
    json.key("resource").string(external->declared().resource);
  }
  json.end_object();
}

/// Plugins with their resources; `externals` are sorted by both.
void write_externals(engine::JsonWriter& json, const Service& service) {
  const auto externals = service.offered();
  json.begin_array();
  for (std::size_t i = 0; i < externals.size();) {
    const auto& plugin = externals[i]->declared();
    json.begin_object();
    json.key("plugin").string(plugin.plugin);
    json.key("name").string(plugin.plugin_name);
    json.key("description").string(plugin.plugin_description);
    json.key("resources").begin_array();
    for (; i < externals.size() && externals[i]->declared().plugin == plugin.plugin; ++i) {
      const auto& one = *externals[i];
      json.begin_object();
      json.key("handle").string(one.declared().resource);
      json.key("name").string(one.declared().name);
      json.key("description").string(one.declared().description);
      json.key("scope").string(one.scope());
      json.key("listPath").string(one.list_path());
      json.key("detailPath");
      one.declared().detail ? json.string(one.item_path()) : json.null();
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

/// The operators' commands under their contract's names (14.3).
void write_commands(engine::JsonWriter& json) {
  json.begin_array();
  for (const auto& command : commands::command_table()) {
    if (command.described) json.string("agents/" + std::string(command.name));
  }
  json.end_array();
}

}  // namespace

Task<Reply> capabilities(const Service& service, CallContext& call) {
  const auto& gate = *service.gate;
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("service").string(kServiceName);
  json.key("version").string(service.config.version);
  json.key("generatedAt").string(engine::rfc3339(call.now));
  json.key("basePath").string(kBasePath);
  json.key("discoveryAliases");
  write_aliases(json, gate);
  json.key("runtimeProfile");
  write_runtime_profile(json, gate.settings());
  json.key("requestIdHeader").string("X-Request-Id");
  json.key("authentication");
  write_authentication(json, gate);
  json.key("authorization");
  write_authorization(json, service, call.principal);
  json.key("externalResources");
  write_externals(json, service);
  json.key("errorCodes");
  write_error_codes(json);
  json.key("endpoints").begin_array();
  for (const auto* route : listed_routes(service)) write_endpoint(json, service, *route);
  json.end_array();
  json.key("commands");
  write_commands(json);
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
