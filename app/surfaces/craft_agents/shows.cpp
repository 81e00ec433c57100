#include <algorithm>

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/json_members.h"
#include "app/surfaces/craft_agents/list_query.h"
#include "app/surfaces/craft_agents/read_through.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/base/fold.h"
#include "feed/change_codec.h"
#include "feed/facts.h"

namespace app::craft_agents {

namespace {

constexpr std::string_view kOneRow = R"({"count":1,"errors":[]})";

/// The one that is asked for: by its id, or as the first that fulfils every condition.
struct Wanted {
  std::string id;
  std::vector<feed::Condition> conditions;
};

std::optional<std::string> value_of(const ShowParameter& parameter, const CallContext& call) {
  if (parameter.declared.type == engine::net::ParameterType::kInteger) {
    const auto number = call.arguments.integer(parameter.declared.name);
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
  }
  const auto text = call.arguments.text(parameter.declared.name);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

Wanted wanted(const Resource& resource, const CallContext& call, const Elevation& elevated) {
  Wanted one;
  for (const auto& key : resource.keys) {
    const auto value = value_of(key, call);
    if (!value) continue;
    if (key.field.empty()) {
      one.id = *value;
    } else {
      one.conditions.push_back({std::string(key.field), *value});
    }
  }
  for (const auto& extra : resource.extras) {
    if (!extra.with.empty() && !call.arguments.given(extra.with)) continue;
    if (const auto value = value_of(extra, call)) one.conditions.push_back({std::string(extra.field), *value});
  }
  if (!elevated.statuses) one.conditions.insert(one.conditions.end(), resource.unelevated.begin(), resource.unelevated.end());
  return one;
}

bool fulfils(const feed::ChangeView& change, const std::vector<feed::Condition>& conditions) {
  const feed::FactsView facts(change.facts);
  return std::all_of(conditions.begin(), conditions.end(),
                     [&](const feed::Condition& condition) { return facts.has(condition.field, engine::folded(condition.value)); });
}

engine::Result<std::optional<std::string>> find(const feed::ListReader& lists, std::string_view type, const Wanted& one, engine::store::ReadFrom from) {
  if (one.id.empty()) return lists.first_match(type, one.conditions, from);
  auto record = lists.by_id(type, one.id, from);
  if (!record || !*record) return record;
  const auto change = feed::view_change(**record);
  if (!change) return engine::fail(change.error().code, change.error().detail);
  if (!fulfils(*change, one.conditions)) record->reset();
  return record;
}

}  // namespace

std::string shown(std::string_view part, const feed::ChangeView& change, const Elevation& elevated) {
  return overlaid(part, elevated.sensitive ? change.sensitive : elevated.unredacted ? change.unredacted : std::string_view{});
}

Task<Reply> show(const Service& service, const Resource& resource, CallContext& call) {
  if (auto refusal = unavailable(service, resource)) co_return std::move(*refusal);
  const auto elevated = elevation(service, resource, call.principal);
  const auto one = wanted(resource, call, elevated);
  auto read = [&service, &resource, &one](engine::store::ReadFrom from) { return find(service.rooms.lists, resource.item, one, from); };
  const auto record = co_await read_through(service.rooms.pool, read);
  if (!record) co_return refused(trust::Reason::kInternal);
  const auto change = *record ? feed::view_change(**record) : engine::fail(engine::Errc::kNotFound);
  if (!change || change->detail.empty()) co_return refused(trust::Reason::kNotFound, std::string(resource.title) + " not found.");
  trust::Answer answer;
  answer.body = success(shown(change->detail, *change, elevated), call.request_id, kOneRow);
  co_return answer;
}

}  // namespace app::craft_agents
