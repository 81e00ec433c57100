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

std::vector<Parameter> lag_parameters() {
  return {
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 1000, .default_integer = 200, .description = "Rows at most."},
      {.name = "integrationKey", .description = "Only the rows of this integration."},
      {.name = "resourceType", .description = "Only the rows of this resource type."},
  };
}

std::vector<Parameter> checkpoint_parameters() {
  const auto body = ParameterPlace::kBody;
  return {
      {.name = "integrationKey", .place = body, .description = "The caller's credential id, which is also the default."},
      {.name = "resourceType", .place = body, .required = true, .description = "What was read; any name of up to 32 characters."},
      {.name = "cursor", .place = body,
       .description = "Where the integration stands: usually `page.resumeCursor` or `page.nextCursor`; kept whole, at most 4096 bytes."},
      {.name = "updatedSince", .type = ParameterType::kString, .place = body, .lenient = true,
       .description = "RFC 3339, or a date with or without a time (UTC); anything else is not kept."},
      {.name = "checkpointAt", .type = ParameterType::kString, .place = body, .lenient = true,
       .description = "When the integration stood there; now where absent or unreadable."},
      {.name = "metadata", .type = ParameterType::kJson, .place = body, .description = "An object of the integration's own, at most 16384 bytes."},
  };
}

/// Lag and checkpoint under their name, and under the older one.
struct SyncStatePaths {
  std::string_view lag, checkpoint, read_scope, write_scope, other_read_scope, other_write_scope;
};
constexpr SyncStatePaths kSyncState{"/sync-state/lag", "/sync-state/checkpoint", "syncstate:read", "syncstate:write", "consumers:read", "consumers:write"};
constexpr SyncStatePaths kConsumers{"/consumers/lag", "/consumers/checkpoint", "consumers:read", "consumers:write", "syncstate:read", "syncstate:write"};

engine::net::Route lag_route(const SyncStatePaths& paths) {
  return {.path = paths.lag, .summary = "How far each integration is behind",
          .scopes = {.required = {paths.read_scope}, .alternatives = {paths.other_read_scope}}, .parameters = lag_parameters(),
          .response = shapes::lag(), .errors = {{400, kBadRequest}}};
}

engine::net::Route checkpoint_route(const SyncStatePaths& paths) {
  return {.method = Method::kPost, .path = paths.checkpoint, .summary = "Record how far an integration has read",
          .scopes = {.required = {paths.write_scope}, .alternatives = {paths.other_write_scope}}, .parameters = checkpoint_parameters(),
          .response = shapes::checkpoint(), .errors = {{400, kBadRequest}}};
}

engine::net::Route deprecated(engine::net::Route route, std::string_view replaced_by) {
  route.deprecated = true;
  route.replaced_by = replaced_by;
  return route;
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
      serve(service, sync_lag, lag_route(kSyncState)),
      serve(service, record_checkpoint, checkpoint_route(kSyncState)),
      serve(service, sync_lag, deprecated(lag_route(kConsumers), kSyncState.lag)),
      serve(service, record_checkpoint, deprecated(checkpoint_route(kConsumers), kSyncState.checkpoint)),
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
