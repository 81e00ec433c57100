// Attempts to deliver, as operators look for them.
#include <charconv>

#include "app/surfaces/admin/dead_letter_json.h"
#include "app/surfaces/admin/desk.h"
#include "app/surfaces/admin/desk_parameters.h"
#include "app/surfaces/admin/in_slices.h"
#include "app/surfaces/admin/surface.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "delivery/attempt_log.h"
#include "engine/net/http_syntax.h"

namespace app::admin {

namespace {

using craft_agents::invalid;
using craft_agents::refused;
using craft_agents::success;
using delivery::AttemptLog;
using engine::JsonWriter;
using engine::Task;
using trust::CallContext;
using trust::Reply;

/// "evt_" and 16 hex digits.
std::optional<feed::EventId> event_of(std::string_view text) {
  constexpr std::string_view kPrefix = "evt_";
  if (!text.starts_with(kPrefix) || text.size() != kPrefix.size() + 16) return std::nullopt;
  feed::EventId event;
  const auto digits = text.substr(kPrefix.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), event.value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return event;
}

/// "<endpoint>:<number>", as `next` gives it.
std::optional<AttemptLog::Place> place_of(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto number = colon == text.npos ? std::nullopt : engine::net::parse_decimal(text.substr(colon + 1));
  if (!number || colon == 0 || colon > 64) return std::nullopt;
  return AttemptLog::Place{std::string(text.substr(0, colon)), *number};
}

void write_attempt(JsonWriter& json, const delivery::AttemptEntry& attempt) {
  json.begin_object();
  json.key("endpoint").string(attempt.endpoint);
  json.key("number").number_u64(attempt.number);
  json.key("at").instant(attempt.at);
  json.key("delivered").boolean(!attempt.failed());
  json.key("status");
  write_id_or_null(json, static_cast<std::uint64_t>(attempt.status));
  json.key("cause");
  write_text_or_null(json, attempt.failed() ? delivery::name(attempt.cause) : std::string_view{});
  json.key("latencyMs").real(static_cast<double>(attempt.latency.count()) / 1000);
  json.key("eventId").string(feed::text(attempt.event));
  json.key("resourceType").string(attempt.key.type);
  json.key("resourceId").string(attempt.key.id);
  json.key("offset").number_u64(attempt.offset.value);
  json.key("attempt").number(attempt.attempt);
  json.key("replay").boolean(attempt.replay);
  json.key("detail");
  write_text_or_null(json, attempt.detail);
  json.end_object();
}

}  // namespace

Task<Reply> list_deliveries(const AdminRooms& rooms, CallContext& call) {
  const auto text = [&call](std::string_view name) { return std::string(call.arguments.text(name).value_or("")); };
  AttemptLog::Query query{text("endpoint"), event_of(text("eventId")), text("resourceType"), text("resourceId"), call.arguments.boolean("failed").value_or(false),
                          call.arguments.instant("since"), call.arguments.instant("before")};
  if (call.arguments.given("eventId") && !query.event) co_return invalid("`eventId`: evt_ and 16 hexadecimal digits.");
  std::optional<AttemptLog::Place> start = AttemptLog::Place{};
  if (call.arguments.given("cursor")) start = place_of(text("cursor"));
  if (!start || (!query.endpoint.empty() && !start->endpoint.empty() && start->endpoint != query.endpoint)) {
    co_return invalid("`cursor`: give it back as `next` of the answer before, with the same endpoint.");
  }
  const auto limit = static_cast<std::size_t>(call.arguments.integer("limit").value_or(50));
  std::vector<delivery::AttemptEntry> found;
  auto search = [&](const AttemptLog::Place& place) { return rooms.desk->attempts.find(query, place, limit, found); };
  auto enough = [&] { return found.size() >= limit; };
  auto walk = in_slices(rooms.pool, *start, search, enough);
  const auto next = co_await std::move(walk);
  if (!next) co_return refused(trust::Reason::kInternal);
  std::string data, meta;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& attempt : found) write_attempt(json, attempt);
  json.end_array();
  JsonWriter more(meta);
  more.begin_object();
  more.key("count").number_u64(found.size());
  more.key("complete").boolean(*next == AttemptLog::Place{});
  more.key("next");
  write_text_or_null(more, *next == AttemptLog::Place{} ? std::string() : next->endpoint + ":" + std::to_string(next->below));
  more.end_object();
  co_return trust::Answer{success(data, call.request_id, meta)};
}

}  // namespace app::admin
