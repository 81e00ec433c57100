#include "app/surfaces/craft_agents/routes.h"

#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/projection.h"
#include "app/surfaces/craft_agents/shapes.h"
#include "feed/feed_reader.h"

namespace app::craft_agents {

namespace {

using engine::net::Method;
using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;
using engine::net::Shape;

constexpr std::string_view kBadRequest = "Invalid request";

using HandlerFunction = Task<Reply> (*)(const Service&, CallContext&);

/// A route with its handler bound to the service.
trust::Route serve(const Service& service, HandlerFunction handler, engine::net::Route declared) {
  trust::Route route{std::move(declared), {}};
  route.handler = [&service, handler](CallContext& call) { return handler(service, call); };
  return route;
}

std::string types_description(const feed::TypeTable& types) {
  std::string text = "Comma-separated list of resource types; all of them where absent:";
  for (const auto& name : types.names(types.all())) text += (text.back() == ':' ? " " : ", ") + name;
  return text;
}

/// Declared in the order in which problems are reported; late ones only when the rest is fine (contract 6.3).
std::vector<Parameter> changes_parameters(const feed::TypeTable& types) {
  const auto check_types = [&types](std::string_view value, std::vector<std::string>& problems) {
    if (auto known = types.parse(value); !known) problems.push_back(known.error().detail);
  };
  return {
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50,
       .range_message = "Query parameter `limit` must be between 1 and 200", .description = "Items per page."},
      {.name = "fields", .check = check_fields, .description = "Comma-separated dot paths; only these parts of each item are returned."},
      {.name = "filter", .check = check_filter,
       .description = "Comma-separated `path:value` expressions that all hold. `~value` contains, `*` stands for any characters."},
      {.name = "types", .type = ParameterType::kList, .late = true, .check = check_types, .description = types_description(types)},
      {.name = "updatedSince", .type = ParameterType::kTimestamp, .late = true, .ignored_with = "cursor",
       .description = "Only resources changed at or after this instant."},
      {.name = "cursor", .late = true, .description = "`page.nextCursor` or `page.resumeCursor` of an earlier answer."},
  };
}

std::vector<Parameter> dead_letter_parameters() {
  return {
      {.name = "status", .type = ParameterType::kEnum, .values = {"failed", "queued", "delivered"}, .lenient = true},
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 500, .default_integer = 100, .lenient = true},
  };
}

std::vector<Parameter> replay_parameters() {
  const auto body = ParameterPlace::kBody;
  return {
      {.name = "mode", .place = body, .lenient = true, .description = "`all` replays the newest failed records; wins over `id`."},
      {.name = "id", .type = ParameterType::kInteger, .place = body, .lenient = true, .description = "The record to replay."},
      {.name = "limit", .type = ParameterType::kInteger, .place = body, .default_integer = 25, .lenient = true,
       .description = "How many records `mode` `all` takes, at most 500."},
  };
}

engine::net::Route alias(engine::net::Route of, std::string_view path) {
  of.alias_of = of.path;
  of.path = path;
  of.absolute = true;
  return of;
}

}  // namespace

std::vector<trust::Route> routes(const Service& service) {
  const engine::net::Route capabilities_route{.path = "/capabilities", .summary = "What this service offers",
                                              .scopes = {.required = {"capabilities:read"}}, .response = shapes::capabilities()};
  const engine::net::Route openapi_route{.path = "/openapi.json", .summary = "OpenAPI document",
                                         .scopes = {.required = {"openapi:read"}}, .response = shapes::openapi()};
  return {
      serve(service, health, {.path = "/health", .summary = "Health summary", .scopes = {.required = {"health:read"}},
                              .response = shapes::health()}),
      serve(service, whoami, {.path = "/auth/whoami", .summary = "Who the caller is and what it may do",
                              .scopes = {.required = {"auth:read"}}, .response = shapes::whoami()}),
      serve(service, changes, {.path = "/changes", .summary = "Change feed over all resource types",
                               .scopes = {.required = {"changes:read"}}, .parameters = changes_parameters(service.rooms.feed.types()),
                               .response = shapes::changes(),
                               .errors = {{400, kBadRequest}, {410, "The cursor points to changes that are no longer kept"}}}),
      serve(service, capabilities, capabilities_route),
      serve(service, openapi, openapi_route),
      serve(service, list_dead_letters, {.path = "/webhooks/dlq", .summary = "Webhook deliveries that were given up",
                                         .scopes = {.required = {"webhooks:dlq:read"}}, .parameters = dead_letter_parameters(),
                                         .response = shapes::dead_letters()}),
      serve(service, replay_dead_letters, {.method = Method::kPost, .path = "/webhooks/dlq/replay",
                                           .summary = "Send given-up webhook deliveries again",
                                           .scopes = {.required = {"webhooks:dlq:replay"}}, .parameters = replay_parameters(),
                                           .response = shapes::replay(),
                                           .errors = {{400, kBadRequest}, {404, "Dead-letter event not found"}}}),
      serve(service, capabilities, alias(capabilities_route, "/capabilities")),
      serve(service, openapi, alias(openapi_route, "/openapi.json")),
  };
}

}  // namespace app::craft_agents
