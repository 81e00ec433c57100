#include "app/surfaces/craft_agents/shapes.h"

#include <algorithm>

#include "app/surfaces/craft_agents/resources.h"

namespace app::craft_agents::shapes {

using engine::net::Shape;

namespace {

Shape texts() { return Shape::array(Shape::text()); }

Shape authorization() {
  return Shape::object({{"grantedScopes", texts()}, {"availableScopes", Shape::map(Shape::text())}});
}

Shape runtime_profile() {
  return Shape::object({{"environment", Shape::text()},
                        {"environmentProfile", Shape::one_of({"local", "test", "staging", "production"})},
                        {"environmentProfileSource", Shape::one_of({"env", "inferred"})},
                        {"profileDefaultsApplied", Shape::boolean()},
                        {"profileDefaultsAppliedFields", texts()},
                        {"effectivePolicyVersion", Shape::text()}});
}

std::vector<Shape::Member> dead_letter_members() {
  return {{"id", Shape::integer()},
          {"eventId", Shape::text()},
          {"resourceType", Shape::text().or_null()},
          {"resourceId", Shape::text().or_null()},
          {"action", Shape::one_of({"created", "updated", "deleted"}).or_null()},
          {"status", Shape::one_of({"failed", "queued", "delivered"})},
          {"attempts", Shape::integer()},
          {"lastError", Shape::text().or_null()},
          {"payload", Shape::map(Shape::any())},
          {"dateCreated", Shape::timestamp()},
          {"dateUpdated", Shape::timestamp()}};
}

Shape checkpoint_row() {
  return Shape::object({{"id", Shape::integer()},
                        {"integrationKey", Shape::text()},
                        {"resourceType", Shape::text()},
                        {"cursor", Shape::text().or_null()},
                        {"updatedSince", Shape::timestamp().or_null()},
                        {"checkpointAt", Shape::timestamp()},
                        {"lagSeconds", Shape::integer()},
                        {"lagBucket", Shape::one_of({"healthy", "warning", "critical"})},
                        {"metadata", Shape::any()},
                        {"dateCreated", Shape::timestamp()},
                        {"dateUpdated", Shape::timestamp()},
                        {"changesBehind", Shape::integer().or_null()}});
}

/// "page" and "pagination"; `more` are further members of the page.
std::vector<Shape::Member> paged(std::vector<std::string_view> modes, std::vector<Shape::Member> more = {}) {
  std::vector<Shape::Member> page{{"nextCursor", Shape::text().or_null()},
                                  {"limit", Shape::integer()},
                                  {"count", Shape::integer()},
                                  {"hasMore", Shape::boolean()},
                                  {"syncMode", Shape::one_of(std::move(modes))},
                                  {"updatedSince", Shape::timestamp().or_null()},
                                  {"snapshotEnd", Shape::timestamp().or_null()},
                                  {"resumeCursor", Shape::text()}};
  for (auto& member : more) page.push_back(std::move(member));
  auto pagination = Shape::object({{"hasMore", Shape::boolean()}, {"nextCursor", Shape::text().or_null()}});
  return {{"page", Shape::object(std::move(page))}, {"pagination", std::move(pagination)}};
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (auto at = text.find_first_not_of(' '); at != text.npos; at = text.find_first_not_of(' ', at)) {
    const auto end = std::min(text.find(' ', at), text.size());
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

Shape form(char kind) {
  switch (kind) {
    case 'i': return Shape::integer();
    case 'n': return Shape::number();
    case 'b': return Shape::boolean();
    case 't': return Shape::timestamp();
    case 'o': return Shape::map(Shape::any());
    case 'O': return Shape::array(Shape::map(Shape::any()));
    case 'S': return texts();
    default: return Shape::text();
  }
}

Shape counted(std::vector<Shape::Member> more = {}) {
  std::vector<Shape::Member> members{{"count", Shape::integer()}, {"errors", texts()}};
  for (auto& member : more) members.push_back(std::move(member));
  return Shape::object(std::move(members));
}

/// What every answer of an external resource begins with.
std::vector<Shape::Member> external_head() {
  return {{"service", Shape::text()},
          {"version", Shape::text()},
          {"generatedAt", Shape::timestamp()},
          {"provider", Shape::object({{"plugin", Shape::text()}, {"resource", Shape::text()}, {"scope", Shape::text()}})},
          {"meta", Shape::object({{"plugin", Shape::text()}, {"resource", Shape::text()}, {"count", Shape::integer()}})}};
}

Shape step() {
  return Shape::object({{"method", Shape::one_of({"GET", "POST"})},
                        {"path", Shape::text()},
                        {"schemaEndpoint", Shape::text()},
                        {"schemaRef", Shape::text()},
                        {"openapiRef", Shape::text()}});
}

/// A catalogue with its list, or one of it.
Shape catalogue(std::string_view list, std::string_view one, const Shape& item) {
  return Shape::object({{"ok", Shape::boolean()},
                        {"service", Shape::text(), false},
                        {"version", Shape::text()},
                        {"generatedAt", Shape::timestamp()},
                        {"basePath", Shape::text(), false},
                        {"contracts", Shape::map(Shape::text()), false},
                        {"count", Shape::integer(), false},
                        {list, Shape::array(item), false},
                        {one, item, false},
                        {"requestId", Shape::text()}});
}

}  // namespace

std::vector<Shape::Member> fields(std::string_view notation, bool all_optional) {
  std::vector<Shape::Member> members;
  for (const auto piece : split(notation)) {
    const auto colon = piece.find(':');
    const auto marks = piece.substr(colon + 2);
    auto shape = form(piece[colon + 1]);
    if (marks.find('?') != marks.npos) shape = shape.or_null();
    members.push_back({piece.substr(0, colon), std::move(shape), !all_optional && marks.find('*') == marks.npos});
  }
  return members;
}

Shape enveloped(Shape data, std::vector<Shape::Member> more) {
  std::vector<Shape::Member> members{{"ok", Shape::boolean()}, {"data", std::move(data)}};
  for (auto& member : more) members.push_back(std::move(member));
  members.push_back({"requestId", Shape::text()});
  return Shape::object(std::move(members));
}

Shape list(const Resource& resource) {
  auto more = paged({"full", "incremental"});
  if (resource.meta) more.insert(more.begin(), {"meta", counted({{"filters", Shape::map(Shape::any())}})});
  return enveloped(Shape::array(Shape::object(fields(resource.list_fields, true))), std::move(more));
}

Shape show(const Resource& resource) {
  auto members = fields(resource.list_fields, false);
  for (auto& member : fields(resource.detail_fields, false)) members.push_back(std::move(member));
  return enveloped(Shape::object(std::move(members)), {{"meta", counted()}});
}

Shape external_list(Shape item) {
  auto more = external_head();
  for (auto& member : paged({"full", "incremental"})) more.push_back(std::move(member));
  return enveloped(Shape::array(std::move(item)), std::move(more));
}

Shape external_show(Shape item) { return enveloped(std::move(item), external_head()); }

Shape sections() { return enveloped(Shape::array(Shape::object(fields("id:i name:s handle:s type:s", false))), {{"meta", counted()}}); }

Shape schema() {
  const auto map = Shape::map(Shape::any());
  return Shape::object({{"ok", Shape::boolean()},
                        {"version", Shape::text()},
                        {"generatedAt", Shape::timestamp()},
                        {"runtimeProfile", runtime_profile()},
                        {"count", Shape::integer(), false},
                        {"schemas", map, false},
                        {"endpoint", Shape::text(), false},
                        {"schema", map, false},
                        {"requestId", Shape::text()}});
}

Shape templates() {
  return catalogue("templates", "template",
                   Shape::object({{"id", Shape::text()},
                                  {"displayName", Shape::text()},
                                  {"intent", Shape::text()},
                                  {"requiresExperimental", Shape::boolean(), false},
                                  {"requiredScopes", texts()},
                                  {"optionalScopes", texts(), false},
                                  {"endpointSequence", Shape::array(step())},
                                  {"sampleCommands", texts()}}));
}

Shape starter_packs() {
  const auto runtime = Shape::object({{"label", Shape::text()}, {"filename", Shape::text()}, {"snippet", Shape::text()}});
  auto env = Shape::object({{"name", Shape::text()}, {"required", Shape::boolean()}, {"default", Shape::text()}});
  return catalogue("starterPacks", "starterPack",
                   Shape::object({{"id", Shape::text()},
                                  {"displayName", Shape::text()},
                                  {"intent", Shape::text()},
                                  {"requiredScopes", texts()},
                                  {"optionalScopes", texts()},
                                  {"requiresExperimental", Shape::boolean()},
                                  {"endpointSequence", Shape::array(step())},
                                  {"contracts", Shape::map(Shape::text())},
                                  {"env", Shape::array(std::move(env))},
                                  {"runtimes", Shape::object({{"curl", runtime}, {"javascript", runtime}, {"python", runtime}})}}));
}

Shape lag() { return enveloped(Shape::array(checkpoint_row()), {{"meta", Shape::object({{"count", Shape::integer()}})}}); }
Shape checkpoint() { return enveloped(checkpoint_row()); }

Shape health() {
  return Shape::object({{"ok", Shape::boolean()},
                        {"status", Shape::one_of({"ok"})},
                        {"service", Shape::text()},
                        {"pluginVersion", Shape::text()},
                        {"environment", Shape::text()},
                        {"environmentProfile", Shape::one_of({"local", "test", "staging", "production"})},
                        {"environmentProfileSource", Shape::one_of({"env", "inferred"})},
                        {"profileDefaultsApplied", Shape::boolean()},
                        {"effectivePolicyVersion", Shape::text()},
                        {"timezone", Shape::text()},
                        {"generatedAt", Shape::timestamp()},
                        {"enabledPlugins", Shape::object({{"commerce", Shape::boolean()}})},
                        {"systemComponents", Shape::object({{"db", Shape::boolean()}, {"cache", Shape::boolean()}, {"users", Shape::boolean()}})},
                        {"feed", Shape::object({{"serving", Shape::boolean()}, {"phase", Shape::text()}, {"progress", Shape::number()}, {"sourcePosition", Shape::text(), false}})},
                        {"requestId", Shape::text()}});
}

Shape whoami() {
  auto data = Shape::object({{"credentialId", Shape::text()}, {"label", Shape::text()}, {"scopes", texts()}});
  auto principal = Shape::object({{"credentialId", Shape::text()},
                                  {"credentialSource", Shape::one_of({"cp", "env", "unknown"})},
                                  {"managedCredentialId", Shape::integer().or_null()},
                                  {"authMethod", Shape::one_of({"authorization", "x-agents-token", "query", "none"})},
                                  {"principalFingerprint", Shape::text()}});
  auto rate = Shape::object({{"limit", Shape::integer()},
                             {"remaining", Shape::integer()},
                             {"resetAtEpoch", Shape::integer()},
                             {"windowSeconds", Shape::integer()},
                             {"resetAt", Shape::timestamp().or_null()}});
  auto security =
      Shape::object({{"requireToken", Shape::boolean()}, {"allowQueryToken", Shape::boolean()}, {"redactEmail", Shape::boolean()}});
  return enveloped(std::move(data), {{"service", Shape::text()},
                                     {"generatedAt", Shape::timestamp()},
                                     {"principal", std::move(principal)},
                                     {"authorization", authorization()},
                                     {"runtimeSecurity", std::move(security)},
                                     {"rateLimit", std::move(rate)}});
}

Shape changes() {
  auto item = Shape::object({{"resourceType", Shape::text(), false},
                             {"resourceId", Shape::text(), false},
                             {"action", Shape::one_of({"created", "updated", "deleted"}), false},
                             {"updatedAt", Shape::timestamp(), false},
                             {"snapshot", Shape::map(Shape::any()).or_null(), false}});
  return enveloped(Shape::array(std::move(item)), paged({"incremental"}, {{"types", texts()}}));
}

Shape dead_letters() {
  return enveloped(Shape::array(Shape::object(dead_letter_members())), {{"meta", Shape::object({{"count", Shape::integer()}})}});
}

Shape replay() {
  auto members = dead_letter_members();
  for (auto& member : members) member.required = false;  // mode `all` has none of them
  members.push_back({"attempted", Shape::integer(), false});
  members.push_back({"replayed", Shape::integer()});
  members.push_back({"mode", Shape::one_of({"single", "all"})});
  members.push_back({"ids", Shape::array(Shape::integer())});
  members.push_back({"errors", texts(), false});
  return enveloped(Shape::object(std::move(members)));
}

Shape capabilities() {
  auto endpoint = Shape::object({{"method", Shape::text()},
                                 {"path", Shape::text()},
                                 {"requiredScopes", texts()},
                                 {"optionalScopes", texts(), false},
                                 {"deprecated", Shape::boolean(), false},
                                 {"replacedBy", Shape::text(), false},
                                 {"category", Shape::text(), false},
                                 {"plugin", Shape::text(), false},
                                 {"resource", Shape::text(), false}});
  auto error = Shape::object({{"status", Shape::integer()}, {"code", Shape::text()}, {"description", Shape::text()}});
  return Shape::object({{"ok", Shape::boolean()},
                        {"service", Shape::text()},
                        {"version", Shape::text()},
                        {"generatedAt", Shape::timestamp()},
                        {"basePath", Shape::text()},
                        {"discoveryAliases", Shape::map(Shape::text())},
                        {"runtimeProfile", runtime_profile()},
                        {"requestIdHeader", Shape::text()},
                        {"authentication", Shape::map(Shape::any())},
                        {"authorization", authorization()},
                        {"externalResources", Shape::array(Shape::any())},
                        {"errorCodes", Shape::array(std::move(error))},
                        {"endpoints", Shape::array(std::move(endpoint))},
                        {"commands", texts()},
                        {"requestId", Shape::text()}});
}

Shape openapi() {
  const auto map = Shape::map(Shape::any());
  return Shape::object({{"openapi", Shape::text()},
                        {"info", map},
                        {"servers", Shape::array(map)},
                        {"x-discovery-aliases", Shape::map(Shape::text())},
                        {"x-runtime-profile", runtime_profile()},
                        {"paths", map},
                        {"components", map},
                        {"security", Shape::array(map)}});
}

}  // namespace app::craft_agents::shapes
