#include "app/surfaces/craft_agents/recipes.h"

#include <algorithm>

#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;

std::string full(std::string_view path) { return std::string(kBasePath) + std::string(path); }

void write_sequence(JsonWriter& json, const Recipe& recipe) {
  json.begin_array();
  for (const auto& step : recipe.sequence) {
    json.begin_object();
    json.key("method").string(step.method);
    json.key("path").string(step.path);
    json.key("schemaEndpoint").string(step.key);
    json.key("schemaRef").string(full("/schema?version=v1&endpoint=") + std::string(step.key));
    json.key("openapiRef").string(full("/openapi.json"));
    json.end_object();
  }
  json.end_array();
}

void write_template(JsonWriter& json, const Recipe& recipe) {
  json.begin_object();
  json.key("id").string(recipe.id);
  json.key("displayName").string(recipe.display_name);
  json.key("intent").string(recipe.intent);
  if (recipe.experimental) json.key("requiresExperimental").boolean(true);
  json.key("requiredScopes");
  write_strings(json, recipe.required_scopes);
  if (!recipe.optional_scopes.empty()) {
    json.key("optionalScopes");
    write_strings(json, recipe.optional_scopes);
  }
  json.key("endpointSequence");
  write_sequence(json, recipe);
  json.key("sampleCommands");
  write_strings(json, recipe.sample_commands);
  json.end_object();
}

void write_variables(JsonWriter& json, const Recipe& recipe) {
  std::vector<RecipeVariable> variables{
      {"SITE_URL", false, "https://example.test"}, {"BASE_URL", false, "$SITE_URL/agents/v1"}, {"AGENTS_TOKEN", true, "replace-with-token"}};
  variables.insert(variables.end(), recipe.variables.begin(), recipe.variables.end());
  json.begin_array();
  for (const auto& variable : variables) {
    json.begin_object();
    json.key("name").string(variable.name);
    json.key("required").boolean(variable.required);
    json.key("default").string(variable.otherwise);
    json.end_object();
  }
  json.end_array();
}

void write_runtime(JsonWriter& json, std::string_view label, std::string filename, std::string_view snippet) {
  json.begin_object();
  json.key("label").string(label);
  json.key("filename").string(filename);
  json.key("snippet").string(snippet);
  json.end_object();
}

void write_starter_pack(JsonWriter& json, const Recipe& recipe) {
  const std::string id(recipe.id);
  json.begin_object();
  json.key("id").string(recipe.id);
  json.key("displayName").string(recipe.display_name);
  json.key("intent").string(recipe.intent);
  json.key("requiredScopes");
  write_strings(json, recipe.required_scopes);
  json.key("optionalScopes");
  write_strings(json, recipe.optional_scopes);
  json.key("requiresExperimental").boolean(recipe.experimental);
  json.key("endpointSequence");
  write_sequence(json, recipe);
  json.key("contracts").begin_object();
  json.key("templateRef").string(full("/templates?id=") + id);
  json.key("schemaRef").string(full("/schema"));
  json.key("openapiRef").string(full("/openapi.json"));
  json.end_object();
  json.key("env");
  write_variables(json, recipe);
  json.key("runtimes").begin_object();
  json.key("curl");
  write_runtime(json, "curl", id + ".sh", recipe.curl);
  json.key("javascript");
  write_runtime(json, "JavaScript (Node 18+)", id + ".mjs", recipe.javascript);
  json.key("python");
  write_runtime(json, "Python (requests)", id + ".py", recipe.python);
  json.end_object();
  json.end_object();
}

/// One of the two catalogues: its texts and how it writes a recipe.
struct Catalogue {
  std::string_view list, one, unknown;
  std::vector<std::string_view> contracts;  ///< also their paths
  void (*write)(JsonWriter& json, const Recipe& recipe);
};

Reply answer_catalogue(const Catalogue& catalogue, const Service& service, const CallContext& call) {
  const auto id = engine::net::ascii_lower(call.arguments.text("id").value_or(""));
  const auto& all = recipes();
  const auto one = std::find_if(all.begin(), all.end(), [&](const Recipe& recipe) { return recipe.id == id; });
  if (!id.empty() && one == all.end()) return refused(trust::Reason::kNotFound, std::string(catalogue.unknown) + " `" + id + "`.");
  trust::Answer answer;
  JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  if (id.empty()) json.key("service").string(kServiceName);
  json.key("version").string(service.config.version);
  json.key("generatedAt").string(engine::rfc3339(call.now));
  if (id.empty()) {
    json.key("basePath").string(kBasePath);
    json.key("contracts").begin_object();
    for (const auto name : catalogue.contracts) json.key(name).string(full("/") + std::string(name) + (name == "openapi" ? ".json" : ""));
    json.end_object();
    json.key("count").number_u64(all.size());
    json.key(catalogue.list).begin_array();
    for (const auto& recipe : all) catalogue.write(json, recipe);
    json.end_array();
  } else {
    json.key(catalogue.one);
    catalogue.write(json, *one);
  }
  json.key("requestId").string(call.request_id);
  json.end_object();
  return answer;
}

}  // namespace

Task<Reply> templates(const Service& service, CallContext& call) {
  static const Catalogue kTemplates{"templates", "template", "Unknown template", {"openapi", "schema"}, write_template};
  co_return answer_catalogue(kTemplates, service, call);
}

Task<Reply> starter_packs(const Service& service, CallContext& call) {
  static const Catalogue kStarterPacks{"starterPacks", "starterPack", "Unknown starter pack", {"templates", "openapi", "schema"}, write_starter_pack};
  co_return answer_catalogue(kStarterPacks, service, call);
}

}  // namespace app::craft_agents
