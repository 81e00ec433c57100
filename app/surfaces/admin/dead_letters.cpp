#include "app/surfaces/admin/dead_letter_json.h"
#include "app/surfaces/admin/desk.h"
#include "app/surfaces/admin/desk_parameters.h"
#include "app/surfaces/admin/in_slices.h"
#include "app/surfaces/admin/surface.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "delivery/dead_letter_search.h"
#include "replay/replay_desk.h"

namespace app::admin {

namespace {

using craft_agents::refused;
using craft_agents::success;
using delivery::DeadLetterId;
using delivery::DeadLetterSearch;
using engine::JsonWriter;
using engine::Task;
using trust::CallContext;
using trust::Reason;
using trust::Reply;

constexpr auto kNeverEnough = [] { return false; };

DeadLetterId place_of(const CallContext& call) { return DeadLetterId{static_cast<std::uint64_t>(call.arguments.integer("cursor").value_or(0))}; }

/// {"count":…,"complete":…,"next":…}: where to go on, null when everything was looked at.
std::string meta(std::size_t count, DeadLetterId next, std::uint64_t others = 0) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.key("count").number_u64(count);
  if (others > 0) json.key("others").number_u64(others);
  json.key("complete").boolean(next == DeadLetterId{});
  json.key("next");
  write_id_or_null(json, next.value);
  json.end_object();
  return text;
}

delivery::GroupBy group_by(const CallContext& call) {
  using delivery::GroupBy;
  const auto asked = call.arguments.text("by").value_or("");
  for (const auto by : {GroupBy::kError, GroupBy::kEndpoint, GroupBy::kResourceType}) {
    if (asked == delivery::name(by)) return by;
  }
  return GroupBy::kCause;
}

Reply one(const engine::Result<delivery::DeadLetter>& letter, const CallContext& call) {
  if (!letter && letter.error().code == engine::Errc::kNotFound) return refused(Reason::kNotFound, "There is no such dead letter.");
  if (!letter) return refused(Reason::kInternal);
  std::string data;
  JsonWriter json(data);
  write_dead_letter(json, *letter, true);
  return trust::Answer{success(data, call.request_id)};
}

}  // namespace

Task<Reply> list_dead_letters(const AdminRooms& rooms, CallContext& call) {
  const DeadLetterSearch letters(rooms.desk->letters);
  const auto filter = filter_of(call);
  const auto limit = static_cast<std::size_t>(call.arguments.integer("limit").value_or(50));
  std::vector<delivery::DeadLetter> found;
  auto search = [&](DeadLetterId below) { return letters.list(filter, below, limit, found); };
  auto enough = [&] { return found.size() >= limit; };
  auto walk = in_slices(rooms.pool, place_of(call), search, enough);
  const auto next = co_await std::move(walk);
  if (!next) co_return refused(Reason::kInternal);
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& letter : found) write_dead_letter(json, letter, false);
  json.end_array();
  co_return trust::Answer{success(data, call.request_id, meta(found.size(), *next))};
}

Task<Reply> count_dead_letters(const AdminRooms& rooms, CallContext& call) {
  const DeadLetterSearch letters(rooms.desk->letters);
  const auto filter = filter_of(call);
  std::uint64_t count = 0;
  auto search = [&](DeadLetterId below) { return letters.count(filter, below, count); };
  auto walk = in_slices(rooms.pool, place_of(call), search, kNeverEnough);
  const auto next = co_await std::move(walk);
  if (!next) co_return refused(Reason::kInternal);
  co_return trust::Answer{success(meta(count, *next), call.request_id)};
}

Task<Reply> group_dead_letters(const AdminRooms& rooms, CallContext& call) {
  const DeadLetterSearch letters(rooms.desk->letters);
  const auto filter = filter_of(call);
  const auto by = group_by(call);
  delivery::DeadLetterGroups groups;
  auto search = [&](DeadLetterId below) { return letters.group(filter, by, below, groups); };
  auto walk = in_slices(rooms.pool, place_of(call), search, kNeverEnough);
  const auto next = co_await std::move(walk);
  if (!next) co_return refused(Reason::kInternal);
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& [key, group] : groups.groups) {
    json.begin_object();
    json.key(delivery::name(by)).string(key);
    json.key("count").number_u64(group.count);
    json.key("first").instant(group.first);
    json.key("last").instant(group.last);
    json.key("sample").number_u64(group.sample.value);
    json.end_object();
  }
  json.end_array();
  co_return trust::Answer{success(data, call.request_id, meta(groups.groups.size(), *next, groups.others))};
}

Task<Reply> show_dead_letter(const AdminRooms& rooms, CallContext& call) {
  const auto id = number_in_path(call);
  if (!id) co_return refused(Reason::kNotFound, "There is no such dead letter: its id is a number.");
  auto read = [&] { return rooms.desk->letters.get(DeadLetterId{*id}); };
  const auto letter = co_await engine::on_pool(rooms.pool, read);
  co_return one(letter, call);
}

Task<Reply> replay_dead_letter(const AdminRooms& rooms, CallContext& call) {
  const auto id = number_in_path(call);
  if (!id) co_return refused(Reason::kNotFound, "There is no such dead letter: its id is a number.");
  const auto actor = trust::actor_of(call);
  auto work = [&]() -> engine::Result<delivery::DeadLetter> {
    auto asked = rooms.desk->desk.replay_one(DeadLetterId{*id}, actor);
    if (!asked) return asked.take_error();
    return std::move(asked->letter);
  };
  const auto letter = co_await engine::on_pool(rooms.pool, work);
  if (!letter && letter.error().code == engine::Errc::kUnavailable) co_return refused(Reason::kMisconfigured, letter.error().detail);
  if (!letter && letter.error().code == engine::Errc::kConflict) co_return refused(Reason::kInvalid, letter.error().detail);
  co_return one(letter, call);
}

}  // namespace app::admin
