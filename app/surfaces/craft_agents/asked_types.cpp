#include "app/surfaces/craft_agents/asked_types.h"

#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "feed/feed_reader.h"

namespace app::craft_agents {

namespace {

/// One problem per type of an absent shop.
std::optional<trust::Refusal> out_of_service(const Service& service, feed::TypeMask types) {
  std::vector<std::string> problems;
  for (const auto& resource : resources()) {
    if (!resource.commerce || !(types & service.rooms.feed.types().bit_of_item(resource.item)) || service.serves(resource.item)) continue;
    problems.push_back("Commerce plugin is unavailable for " + std::string(resource.item) + " changes.");
  }
  if (problems.empty()) return std::nullopt;
  auto refusal = refused(trust::Reason::kInvalid, problems.front());
  refusal.details = std::move(problems);
  return refusal;
}

}  // namespace

feed::TypeMask own_types(const Service& service) {
  feed::TypeMask types = 0;
  for (const auto& resource : resources()) {
    if (!resource.commerce || service.serves(resource.item)) types |= service.rooms.feed.types().bit_of_item(resource.item);
  }
  return types;
}

AskedTypes asked_types(const Service& service, const CallContext& call) {
  if (!call.arguments.given("types")) return {own_types(service)};
  const auto named = service.rooms.feed.types().parse(call.arguments.list("types"));
  if (!named) return {0, invalid(named.error().detail)};
  auto refusal = out_of_service(service, *named);
  if (!refusal) refusal = lacks_scope_for(service, *named, call.principal);
  return {*named, std::move(refusal)};
}

std::optional<trust::Refusal> lacks_scope_for(const Service& service, feed::TypeMask types, const trust::Principal& principal) {
  for (const auto& external : service.externals) {
    if (!(types & service.rooms.feed.types().bit_of_item(external->resource().item))) continue;
    if (!trust::allow(principal, external->scope())) return lacks_scope(external->scope());
  }
  return std::nullopt;
}

}  // namespace app::craft_agents
