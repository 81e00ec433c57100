#include "app/surfaces/admin/desk.h"
#include "app/surfaces/admin/desk_parameters.h"
#include "app/surfaces/admin/handlers.h"
#include "replay/replay_job.h"

namespace app::admin {

namespace {

using engine::net::Method;
using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;
using engine::Task;

constexpr std::string_view kView = "operations:read";
constexpr std::string_view kReplay = "deliveries:replay";

/// A route that refuses names it does not know.
trust::Route strict(trust::Route route) {
  route.handler = [answer = std::move(route.handler), declared = route.parameters](CallContext& call) -> Task<Reply> {
    if (auto refusal = unknown_names(call, declared)) co_return std::move(*refusal);
    co_return co_await answer(call);
  };
  return route;
}

std::vector<Parameter> with(std::vector<Parameter> parameters, std::vector<Parameter> more) {
  parameters.insert(parameters.end(), more.begin(), more.end());
  return parameters;
}

Parameter body(std::string_view name, ParameterType type, std::string description) {
  return {.name = name, .type = type, .place = ParameterPlace::kBody, .description = std::move(description)};
}

/// What is to be sent again.
std::vector<Parameter> selection() {
  std::vector<Parameter> all{
      {.name = "source", .type = ParameterType::kEnum, .place = ParameterPlace::kBody, .values = {"ids", "dead-letters", "history"}, .required = true,
       .description = "Dead letters by id or by a filter, or what the log holds for one endpoint."},
      body("ids", ParameterType::kJson, "Source ids: at most 1000 dead letters."),
  };
  all = with(std::move(all), dead_letter_filter(ParameterPlace::kBody));
  for (const auto* name : {"fromOffset", "endOffset"}) {
    all.push_back({.name = name, .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 1,
                   .description = std::string_view(name) == "fromOffset" ? "Source history: the first offset; or since." : "Source history: one past the last; or before; now."});
  }
  return all;
}

std::vector<Parameter> job() {
  return with(selection(), {{.name = "expect", .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 0, .required = true,
                             .description = "How many were counted: with another number now, nothing is started."},
                            {.name = "ratePerSecond", .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 1, .max = replay::kMaxRate,
                             .default_integer = replay::kDefaultRate, .description = "Deliveries a second at most."},
                            body("reason", ParameterType::kString, "Why; kept with the job and in the audit log.")});
}

std::vector<Parameter> delivery_filter() {
  return {
      {.name = "endpoint", .description = "Only those to this endpoint."},
      {.name = "eventId", .description = "Only those of this event: evt_ and 16 hexadecimal digits."},
      {.name = "resourceType", .description = "Only those about this type."},
      {.name = "resourceId", .description = "Only those about the resource with this id."},
      {.name = "failed", .type = ParameterType::kBoolean, .description = "Only those that failed."},
      {.name = "since", .type = ParameterType::kTimestamp, .description = "From this instant on."},
      {.name = "before", .type = ParameterType::kTimestamp, .description = "Up to this instant, not included."},
      {.name = "cursor", .description = "`next` of the answer before: goes on behind it."},
  };
}

}  // namespace

std::vector<trust::Route> desk_routes(const AdminRooms& rooms) {
  const auto get = Method::kGet, post = Method::kPost;
  const auto filter = dead_letter_filter(ParameterPlace::kQuery);
  const Parameter cursor{.name = "cursor", .type = ParameterType::kInteger, .min = 1, .description = "`next` of the answer before: goes on behind it."};
  const Parameter limit{.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50, .description = "Records at most."};
  const Parameter by{.name = "by", .type = ParameterType::kEnum, .values = {"cause", "error", "endpoint", "resourceType"}, .default_text = "cause",
                     .description = "What a group has in common."};
  std::vector<trust::Route> all{
      serve(rooms, list_dead_letters, get, "/dead-letters", kView, "Deliveries given up, newest first, without their payloads", with(filter, {cursor, limit})),
      serve(rooms, count_dead_letters, get, "/dead-letters/count", kView, "How many there are", with(filter, {cursor})),
      serve(rooms, group_dead_letters, get, "/dead-letters/groups", kView, "The same by cause: how many, since when, one of them", with(filter, {by, cursor})),
      serve(rooms, show_dead_letter, get, "/dead-letters/{id}", kView, "One of them with its payload"),
      serve(rooms, replay_dead_letter, post, "/dead-letters/{id}/replay", kReplay, "Send it again"),
      serve(rooms, list_deliveries, get, "/deliveries", kView, "Attempts to deliver, newest first, endpoint by endpoint", with(delivery_filter(), {limit})),
      serve(rooms, count_replay, post, "/replays/count", kView, "How many a replay would send, and what it would select", selection()),
      serve(rooms, create_replay, post, "/replays", kReplay, "Start a replay job", job()),
      serve(rooms, list_replays, get, "/replays", kView, "Replay jobs, newest first", {cursor, limit}),
      serve(rooms, show_replay, get, "/replays/{id}", kView, "One of them with its progress"),
      serve(rooms, pause_replay, post, "/replays/{id}/pause", kReplay, "It takes nothing more until it is resumed"),
      serve(rooms, resume_replay, post, "/replays/{id}/resume", kReplay, "It goes on where it stopped"),
      serve(rooms, cancel_replay, post, "/replays/{id}/cancel", kReplay, "It is over; what was handed over already may still arrive"),
  };
  for (auto& route : all) route = strict(std::move(route));
  return all;
}

}  // namespace app::admin
