#include "app/surfaces/craft_agents/shapes.h"

namespace app::craft_agents::shapes {

using engine::net::Shape;

namespace {

Shape texts() { return Shape::array(Shape::text()); }

/// {ok, data, …more, requestId}
Shape enveloped(Shape data, std::vector<Shape::Member> more = {}) {
  std::vector<Shape::Member> members{{"ok", Shape::boolean()}, {"data", std::move(data)}};
  for (auto& member : more) members.push_back(std::move(member));
  members.push_back({"requestId", Shape::text()});
  return Shape::object(std::move(members));
}

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

}  // namespace

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
  auto page = Shape::object({{"nextCursor", Shape::text().or_null()},
                             {"limit", Shape::integer()},
                             {"count", Shape::integer()},
                             {"hasMore", Shape::boolean()},
                             {"syncMode", Shape::one_of({"incremental"})},
                             {"updatedSince", Shape::timestamp().or_null()},
                             {"snapshotEnd", Shape::timestamp()},
                             {"types", texts()},
                             {"resumeCursor", Shape::text()}});
  auto pagination = Shape::object({{"hasMore", Shape::boolean()}, {"nextCursor", Shape::text().or_null()}});
  return enveloped(Shape::array(std::move(item)), {{"page", std::move(page)}, {"pagination", std::move(pagination)}});
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
                                 {"replacedBy", Shape::text(), false}});
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
