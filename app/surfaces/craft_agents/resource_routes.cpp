// Routes of the resources, from their table.
#include "app/surfaces/craft_agents/resources.h"
#include "app/surfaces/craft_agents/shapes.h"

namespace app::craft_agents {

namespace {

constexpr std::string_view kBadRequest = "Invalid request";
constexpr std::string_view kGone = "The cursor points to changes that are no longer kept";
constexpr std::string_view kSwitchedOff = "Endpoint not available";

engine::net::ScopeRule scopes(const Resource& resource) {
  engine::net::ScopeRule rule{.required = {resource.scope}};
  if (!resource.sensitive_scope.empty()) rule.optional.push_back(resource.sensitive_scope);
  if (!resource.statuses_scope.empty()) rule.optional.push_back(resource.statuses_scope);
  return rule;
}

std::string show_summary(const Resource& resource) {
  std::string keys;
  for (const auto& key : resource.keys) keys += (keys.empty() ? "" : " or ") + std::string(key.declared.name);
  return std::string(resource.title) + " by " + keys;
}

}  // namespace

RouteTexts::RouteTexts(const Resource& resource)
    : list_key(std::string(resource.name) + ".list"),
      list_summary(std::string(resource.title) + " list"),
      show_path(std::string(resource.path) + "/show"),
      show_key(std::string(resource.name) + ".show"),
      show_summary(app::craft_agents::show_summary(resource)),
      not_found(std::string(resource.title) + " not found.") {}

engine::net::Route list_route(const Resource& resource, const RouteTexts& texts) {
  engine::net::Route route{.path = resource.path, .summary = texts.list_summary, .scopes = scopes(resource), .feature = resource.feature,
                           .key = texts.list_key, .parameters = list_parameters(resource), .response = shapes::list(resource),
                           .errors = {{400, kBadRequest}, {410, kGone}}};
  if (!resource.feature.empty()) route.errors.emplace_back(404, kSwitchedOff);
  return route;
}

engine::net::Route show_route(const Resource& resource, const RouteTexts& texts) {
  engine::net::Route route{.path = texts.show_path, .summary = texts.show_summary, .scopes = scopes(resource), .feature = resource.feature,
                           .key = resource.schema_of_show ? std::string_view(texts.show_key) : std::string_view{},
                           .parameters = show_parameters(resource), .response = shapes::show(resource),
                           .errors = {{400, kBadRequest}, {404, texts.not_found}}};
  for (const auto& key : resource.keys) route.identifiers.push_back(key.declared.name);
  return route;
}

}  // namespace app::craft_agents
