#include "app/surfaces/admin/desk_parameters.h"

#include <algorithm>

#include "app/surfaces/craft_agents/refusals.h"
#include "engine/net/http_syntax.h"

namespace app::admin {

using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;

std::vector<Parameter> dead_letter_filter(ParameterPlace place) {
  return {
      {.name = "endpoint", .place = place, .description = "Only those of this endpoint."},
      {.name = "resourceType", .place = place, .description = "Only those about this type, such as entry, order, product."},
      {.name = "resourceId", .place = place, .description = "Only those about the resource with this id."},
      {.name = "action", .type = ParameterType::kEnum, .place = place, .values = {"created", "updated", "deleted"}, .description = "Only those that tell of this."},
      {.name = "cause", .type = ParameterType::kEnum, .place = place, .values = {"status", "timed_out", "unreachable", "not_http", "denied", "lost"},
       .description = "Only those given up for this."},
      {.name = "status", .type = ParameterType::kEnum, .place = place, .values = {"failed", "queued", "delivered"}, .description = "Only those that stand so."},
      {.name = "since", .type = ParameterType::kTimestamp, .place = place, .description = "From this instant on."},
      {.name = "before", .type = ParameterType::kTimestamp, .place = place, .description = "Up to this instant, not included."},
  };
}

delivery::DeadLetterFilter filter_of(const trust::CallContext& call) {
  const auto text = [&call](std::string_view name) { return std::string(call.arguments.text(name).value_or("")); };
  delivery::DeadLetterFilter filter;
  filter.endpoint = text("endpoint");
  filter.resource_type = text("resourceType");
  filter.resource_id = text("resourceId");
  filter.action = delivery::parse_action(text("action"));
  filter.cause = delivery::parse_cause(text("cause"));
  filter.status = delivery::parse_status(text("status"));
  filter.since = call.arguments.instant("since");
  filter.before = call.arguments.instant("before");
  return filter;
}

std::optional<trust::Refusal> unknown_names(const trust::CallContext& call, const std::vector<Parameter>& declared) {
  auto sent = engine::net::sent_in_query(call.request.query);
  if (call.request.method != engine::net::Method::kGet) {
    if (auto body = engine::net::sent_in_body(call.request.body)) sent.insert(sent.end(), body->begin(), body->end());
  }
  std::vector<std::string> problems;
  for (const auto& value : sent) {
    const bool known = std::any_of(declared.begin(), declared.end(), [&](const Parameter& one) { return one.name == value.name; });
    if (!known) problems.push_back("`" + value.name.substr(0, 64) + "` is not a parameter of this endpoint.");
  }
  if (problems.empty()) return std::nullopt;
  std::string known = "Known:";
  for (const auto& one : declared) known.append(&one == &declared.front() ? " " : ", ").append(one.name);
  problems.push_back(known + ".");
  auto refusal = craft_agents::refused(trust::Reason::kInvalid, problems.front());
  refusal.details = std::move(problems);
  return refusal;
}

std::optional<std::uint64_t> number_in_path(const trust::CallContext& call) {
  return call.path.empty() ? std::nullopt : engine::net::parse_decimal(call.path.front().second);
}

}  // namespace app::admin
