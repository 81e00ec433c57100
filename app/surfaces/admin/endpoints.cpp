#include <charconv>

#include "app/surfaces/admin/endpoint_json.h"
#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"

namespace app::admin {

namespace {

using craft_agents::refused;
using craft_agents::success;
using delivery::EndpointEdit;
using delivery::EndpointRecord;
using delivery::RevealedEndpoint;
using engine::Errc;
using engine::fail;
using engine::Result;
using trust::Reason;

std::string name_of(const CallContext& call) { return call.path.empty() ? std::string() : std::string(call.path.front().second); }

/// The endpoint as it is now. One that has gone meanwhile is shown by its record.
Reply answer(const AdminRooms& rooms, const Result<EndpointRecord>& record, const CallContext& call) {
  if (!record) return refusal_of(record.error());
  delivery::EndpointStatus gone;
  gone.record = *record;
  std::string data;
  engine::JsonWriter json(data);
  write_endpoint(json, rooms.endpoints->fleet.find(record->name).value_or(gone));
  return trust::Answer{success(data, call.request_id)};
}

Reply answer(const AdminRooms& rooms, const Result<RevealedEndpoint>& revealed, const CallContext& call) {
  if (!revealed) return refusal_of(revealed.error());
  const auto status = rooms.endpoints->fleet.find(revealed->record.name);
  if (!status) return refused(Reason::kNotFound);
  return trust::Answer{success(revealed_json(*status, revealed->secret), call.request_id)};
}

/// Sent empty, a list is emptied.
std::optional<std::vector<std::string>> list_if_sent(const CallContext& call, const engine::net::SentValues& sent, std::string_view name) {
  for (const auto& value : sent) {
    if (value.name == name) return call.arguments.list(name);
  }
  return std::nullopt;
}

Result<std::vector<engine::net::Header>> headers_of(const std::vector<std::string>& lines) {
  std::vector<engine::net::Header> headers;
  for (const std::string& line : lines) {
    const auto colon = line.find(':');
    if (colon == line.npos) return fail(Errc::kMalformed, "headers: \"" + line.substr(0, 64) + "\": expected NAME:VALUE");
    const auto value = line.find_first_not_of(' ', colon + 1);
    headers.push_back({line.substr(0, colon), value == line.npos ? std::string() : line.substr(value)});
  }
  return headers;
}

Result<std::vector<std::chrono::milliseconds>> waits_of(const std::vector<std::string>& texts) {
  std::vector<std::chrono::milliseconds> waits;
  for (const std::string& text : texts) {
    std::uint32_t seconds = 0;
    const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (bad != std::errc() || end != text.data() + text.size()) return fail(Errc::kMalformed, "retrySchedule: \"" + text.substr(0, 64) + "\": expected whole seconds");
    waits.push_back(std::chrono::seconds(seconds));
  }
  return waits;
}

Result<EndpointEdit> edit_of(const CallContext& call) {
  const auto sent = engine::net::sent_in_body(call.request.body);  // the gate has read it: it is JSON
  EndpointEdit edit;
  if (const auto text = call.arguments.text("description")) edit.description = std::string(*text);
  if (const auto text = call.arguments.text("url")) edit.url = std::string(*text);
  if (const auto text = call.arguments.text("form")) {
    edit.form = delivery::parse_payload_form(*text);
    if (!edit.form) return fail(Errc::kMalformed, "form: \"" + std::string(text->substr(0, 64)) + "\": expected contract, standard-webhooks or cloudevents");
  }
  edit.standard_headers = call.arguments.boolean("standardHeaders");
  edit.asymmetric = call.arguments.boolean("asymmetric");
  edit.types = list_if_sent(call, *sent, "resourceTypes");
  edit.actions = list_if_sent(call, *sent, "actions");
  edit.where = list_if_sent(call, *sent, "where");
  if (const auto lines = list_if_sent(call, *sent, "headers")) {
    auto headers = headers_of(*lines);
    if (!headers) return headers.take_error();
    edit.headers = std::move(*headers);
  }
  if (const auto texts = list_if_sent(call, *sent, "retrySchedule")) {
    auto waits = waits_of(*texts);
    if (!waits) return waits.take_error();
    edit.schedule = std::move(*waits);
  }
  if (const auto n = call.arguments.integer("timeoutSeconds")) edit.timeout = std::chrono::seconds(*n);
  if (const auto n = call.arguments.integer("maxAgeSeconds")) edit.max_age = std::chrono::seconds(*n);
  if (const auto n = call.arguments.integer("concurrency")) edit.concurrency = static_cast<unsigned>(*n);
  if (const auto n = call.arguments.integer("maxAttempts")) edit.max_attempts = static_cast<unsigned>(*n);
  if (const auto n = call.arguments.integer("ratePerMinute")) edit.rate = static_cast<double>(*n) / 60;
  if (const auto n = call.arguments.integer("burst")) edit.burst = static_cast<double>(*n);
  return edit;
}

}  // namespace

trust::Refusal refusal_of(const engine::Error& error) {
  switch (error.code) {
    case Errc::kNotFound: return refused(Reason::kNotFound, error.detail);
    case Errc::kMalformed:
    case Errc::kConflict: return refused(Reason::kInvalid, error.detail);
    case Errc::kFull: {
      auto refusal = refused(Reason::kNotReady, "Nothing was changed: " + error.detail);
      refusal.retry_after_seconds = 60;
      return refusal;
    }
    default: return refused(Reason::kInternal);
  }
}

Task<Reply> list_endpoints(const AdminRooms& rooms, CallContext& call) {
  const auto all = rooms.endpoints->fleet.list();
  std::string data;
  engine::JsonWriter json(data);
  json.begin_array();
  for (const auto& endpoint : all) write_endpoint(json, endpoint);
  json.end_array();
  co_return trust::Answer{success(data, call.request_id, R"({"count":)" + std::to_string(all.size()) + "}")};
}

Task<Reply> show_endpoint(const AdminRooms& rooms, CallContext& call) {
  const auto endpoint = rooms.endpoints->fleet.find(name_of(call));
  if (!endpoint) co_return refused(Reason::kNotFound, "There is no endpoint " + name_of(call).substr(0, 64) + ".");
  std::string data;
  engine::JsonWriter json(data);
  write_endpoint(json, *endpoint);
  co_return trust::Answer{success(data, call.request_id)};
}

Task<Reply> create_endpoint(const AdminRooms& rooms, CallContext& call) {
  const auto text = [&call](std::string_view name) { return std::string(call.arguments.text(name).value_or("")); };
  auto edit = edit_of(call);
  if (!edit) co_return refusal_of(edit.error());
  delivery::EndpointDraft draft{text("name"), text("owner"), text("url"), engine::Secret(text("secret"))};
  EndpointRecord asked;
  asked.owner = draft.owner;
  asked.wanted.types = edit->types.value_or(std::vector<std::string>{});
  if (const auto problem = rooms.endpoints->owner_problem(asked); !problem.empty()) co_return refused(Reason::kInvalid, problem);
  const auto made = co_await rooms.endpoints->fleet.create(std::move(draft), std::move(*edit), trust::actor_of(call));
  co_return answer(rooms, made, call);
}

Task<Reply> update_endpoint(const AdminRooms& rooms, CallContext& call) {
  auto edit = edit_of(call);
  if (!edit) co_return refusal_of(edit.error());
  if (const auto now = rooms.endpoints->fleet.find(name_of(call)); now && edit->types) {
    EndpointRecord asked;
    asked.owner = now->record.owner;
    asked.wanted.types = *edit->types;
    if (const auto problem = rooms.endpoints->owner_problem(asked); !problem.empty()) co_return refused(Reason::kInvalid, problem);
  }
  const auto changed = co_await rooms.endpoints->fleet.update(name_of(call), std::move(*edit), trust::actor_of(call));
  co_return answer(rooms, changed, call);
}

Task<Reply> pause_endpoint(const AdminRooms& rooms, CallContext& call) {
  std::string reason(call.arguments.text("reason").value_or(""));
  const auto changed = co_await rooms.endpoints->fleet.pause(name_of(call), std::move(reason), trust::actor_of(call));
  co_return answer(rooms, changed, call);
}

Task<Reply> resume_endpoint(const AdminRooms& rooms, CallContext& call) {
  const auto changed = co_await rooms.endpoints->fleet.resume(name_of(call), trust::actor_of(call));
  co_return answer(rooms, changed, call);
}

Task<Reply> rotate_endpoint_secret(const AdminRooms& rooms, CallContext& call) {
  const std::chrono::seconds overlap(call.arguments.integer("overlapSeconds").value_or(0));
  const auto rotated = co_await rooms.endpoints->fleet.rotate_secret(name_of(call), overlap, trust::actor_of(call));
  co_return answer(rooms, rotated, call);
}

Task<Reply> delete_endpoint(const AdminRooms& rooms, CallContext& call) {
  const auto removed = co_await rooms.endpoints->fleet.remove(name_of(call), trust::actor_of(call));
  co_return answer(rooms, removed, call);
}

Task<Reply> seek_endpoint(const AdminRooms& rooms, CallContext& call) {
  const auto target = delivery::parse_seek_target(call.arguments.text("to").value_or(""));
  if (!target) co_return refusal_of(target.error());
  std::optional<std::uint64_t> confirmed;
  if (const auto n = call.arguments.integer("confirm")) confirmed = static_cast<std::uint64_t>(*n);
  const auto plan = co_await rooms.endpoints->fleet.seek(name_of(call), *target, confirmed, trust::actor_of(call));
  if (!plan) co_return refusal_of(plan.error());
  co_return trust::Answer{success(seek_json(name_of(call), *plan, confirmed.has_value()), call.request_id)};
}

}  // namespace app::admin
