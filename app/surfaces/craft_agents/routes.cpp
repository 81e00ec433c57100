#include "app/surfaces/craft_agents/routes.h"

#include "app/surfaces/craft_agents/control_routes.h"
#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/operations_routes.h"
#include "app/surfaces/craft_agents/resources.h"
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
  std::vector<Parameter> declared{limit_parameter()};
  for (auto& parameter : projection_parameters()) declared.push_back(std::move(parameter));
  declared.push_back({.name = "wait", .type = ParameterType::kInteger, .min = 0, .max = 60, .default_integer = 0,
                      .description = "Seconds to wait where there is nothing to give yet; the answer comes as soon as there is."});
  declared.push_back({.name = "types", .type = ParameterType::kList, .late = true, .check = check_types, .description = types_description(types)});
  for (auto& parameter : window_parameters()) declared.push_back(std::move(parameter));
  return declared;
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
       .description = "Where the integration stands: usually `page.resumeCursor` or `page.nextCursor`; kept whole, at most 16384 bytes."},
      {.name = "updatedSince", .type = ParameterType::kTimestamp, .place = body, .lenient = true,
       .description = "RFC 3339, or a date with or without a time (UTC); anything else is not kept."},
      {.name = "checkpointAt", .type = ParameterType::kTimestamp, .place = body, .lenient = true,
       .description = "When the integration stood there; now where absent or unreadable."},
      {.name = "metadata", .type = ParameterType::kJson, .place = body, .description = "An object of the integration's own, at most 16384 bytes."},
  };
}

/// Lag and checkpoint under their name, and under the older one.
struct SyncStatePaths {
  std::string_view lag, checkpoint, key, read_scope, write_scope, other_read_scope, other_write_scope;
};
constexpr SyncStatePaths kSyncState{"/sync-state/lag", "/sync-state/checkpoint", "syncstate.checkpoint", "syncstate:read", "syncstate:write", "consumers:read", "consumers:write"};
constexpr SyncStatePaths kConsumers{"/consumers/lag", "/consumers/checkpoint", "consumers.checkpoint", "consumers:read", "consumers:write", "syncstate:read", "syncstate:write"};

engine::net::Route lag_route(const SyncStatePaths& paths) {
  return {.path = paths.lag, .summary = "How far each integration is behind",
          .scopes = {.required = {paths.read_scope}, .alternatives = {paths.other_read_scope}}, .parameters = lag_parameters(),
          .response = shapes::lag(), .errors = {{400, kBadRequest}}};
}

engine::net::Route checkpoint_route(const SyncStatePaths& paths) {
  return {.method = Method::kPost, .path = paths.checkpoint, .summary = "Record how far an integration has read",
          .scopes = {.required = {paths.write_scope}, .alternatives = {paths.other_write_scope}}, .key = paths.key, .parameters = checkpoint_parameters(),
          .response = shapes::checkpoint(), .errors = {{400, kBadRequest}}};
}

engine::net::Route deprecated(engine::net::Route route, std::string_view replaced_by) {
  route.deprecated = true;
  route.replaced_by = replaced_by;
  return route;
}

std::vector<Parameter> schema_parameters() {
  constexpr std::string_view kPattern = "^[a-zA-Z0-9._-]+$";
  const auto is_key = [](std::string_view text) {
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == text.npos;
  };
  return {{.name = "version", .type = ParameterType::kPattern, .default_text = "v1", .pattern = kPattern, .accepts = is_key,
           .description = "Version of the schema catalogue."},
          {.name = "endpoint", .type = ParameterType::kPattern, .pattern = kPattern, .accepts = is_key, .description = "Only the schema of this key."}};
}

engine::net::Route recipe_route(std::string_view path, std::string_view key, std::string_view summary, Shape response, std::string_view unknown) {
  return {.path = path, .summary = summary, .scopes = {.required = {"templates:read"}}, .key = key,
          .parameters = {{.name = "id", .description = "Only this one."}}, .response = std::move(response), .errors = {{404, unknown}}};
}

engine::net::Route alias(engine::net::Route of, std::string_view path) {
  of.alias_of = of.path;
  of.path = path;
  of.absolute = true;
  return of;
}

void add_resource_routes(const Service& service, std::vector<trust::Route>& all) {
  static const std::vector<RouteTexts> kTexts(resources().begin(), resources().end());
  for (std::size_t i = 0; i < resources().size(); ++i) {
    const auto& resource = resources()[i];
    all.push_back({list_route(resource, kTexts[i]), [&service, &resource](CallContext& call) { return list(service, resource, call); }});
    if (resource.keys.empty()) continue;
    all.push_back({show_route(resource, kTexts[i]), [&service, &resource](CallContext& call) { return show(service, resource, call); }});
  }
}

void add_external_routes(const Service& service, std::vector<trust::Route>& all) {
  for (const auto& owned : service.externals) {
    const auto& external = *owned;
    all.push_back({external.list_route(), [&service, &external](CallContext& call) { return list_external(service, external, call); }});
    if (!external.declared().detail) continue;
    all.push_back({external.item_route(), [&service, &external](CallContext& call) { return show_external(service, external, call); }});
  }
}

std::vector<trust::Route> service_routes(const Service& service) {
  const engine::net::Route capabilities_route{.path = "/capabilities", .summary = "What this service offers",
                                              .scopes = {.required = {"capabilities:read"}}, .response = shapes::capabilities()};
  const engine::net::Route openapi_route{.path = "/openapi.json", .summary = "OpenAPI document",
                                         .scopes = {.required = {"openapi:read"}}, .response = shapes::openapi()};
  return {
      serve(service, health, {.path = "/health", .summary = "Health summary", .scopes = {.required = {"health:read"}},
                              .response = shapes::health()}),
      serve(service, whoami, {.path = "/auth/whoami", .summary = "Who the caller is and what it may do",
                              .scopes = {.required = {"auth:read"}}, .key = "auth.whoami", .response = shapes::whoami()}),
      serve(service, changes, {.path = "/changes", .summary = "Change feed over all resource types; as server-sent events with `Accept: text/event-stream`",
                               .scopes = {.required = {"changes:read"}}, .key = "changes.feed", .parameters = changes_parameters(service.rooms.feed.types()),
                               .response = shapes::changes(),
                               .errors = {{400, kBadRequest}, {410, "The cursor points to changes that are no longer kept"}}}),
      serve(service, sync_lag, lag_route(kSyncState)),
      serve(service, record_checkpoint, checkpoint_route(kSyncState)),
      serve(service, sync_lag, deprecated(lag_route(kConsumers), kSyncState.lag)),
      serve(service, record_checkpoint, deprecated(checkpoint_route(kConsumers), kSyncState.checkpoint)),
      serve(service, sections, {.path = "/sections", .summary = "Sections, by handle", .scopes = {.required = {"sections:read"}},
                                .response = shapes::sections()}),
      serve(service, templates, recipe_route("/templates", "templates.catalog", "Recipes of integrations, step by step", shapes::templates(),
                                             "Unknown template")),
      serve(service, starter_packs, recipe_route("/starter-packs", "starterpacks.catalog", "Recipes of integrations as programs to start from",
                                                 shapes::starter_packs(), "Unknown starter pack")),
      serve(service, schema, {.path = "/schema", .summary = "Schemas of every endpoint", .scopes = {.required = {"schema:read"}}, .key = "schema.catalog",
                              .parameters = schema_parameters(), .response = shapes::schema(), .errors = {{400, kBadRequest}}}),
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

}  // namespace

trust::Route serve(const Service& service, HandlerFunction handler, engine::net::Route declared) {
  trust::Route route{std::move(declared), {}};
  route.handler = [&service, handler](CallContext& call) { return handler(service, call); };
  return route;
}

std::vector<trust::Route> routes(const Service& service) {
  auto all = service_routes(service);
  for (auto& route : operations_routes(service)) all.push_back(std::move(route));
  add_resource_routes(service, all);
  add_external_routes(service, all);
  add_control_routes(service, all);
  return all;
}

}  // namespace app::craft_agents
