// Replay jobs: count, create, look, pause, resume, cancel.
#include <simdjson.h>

#include <algorithm>
#include <span>

#include "app/surfaces/admin/desk.h"
#include "app/surfaces/admin/desk_parameters.h"
#include "app/surfaces/admin/in_slices.h"
#include "app/surfaces/admin/replay_json.h"
#include "app/surfaces/admin/surface.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/net/http_syntax.h"

namespace app::admin {

namespace {

using craft_agents::invalid;
using craft_agents::refused;
using craft_agents::success;
using engine::Errc;
using engine::JsonWriter;
using engine::Result;
using engine::Task;
using replay::JobId;
using replay::JobView;
using trust::CallContext;
using trust::Reason;
using trust::Reply;

constexpr int kCountSlices = 200;  // some four million notes, or one and a half million changes

trust::Refusal explain(const engine::Error& error) {
  switch (error.code) {
    case Errc::kNotFound: return refused(Reason::kNotFound, error.detail);
    case Errc::kMalformed:
    case Errc::kConflict: return invalid(error.detail);
    case Errc::kFull: {
      auto refusal = refused(Reason::kNotReady, "Nothing was changed: " + error.detail);
      refusal.retry_after_seconds = 60;
      return refusal;
    }
    default: return refused(Reason::kInternal);
  }
}

/// Fields that say nothing for a source: whoever sends them means something else than would happen.
std::string meaningless(const CallContext& call, replay::Source source) {
  static constexpr std::string_view kIds[] = {"ids"};
  static constexpr std::string_view kFilter[] = {"endpoint", "resourceType", "resourceId", "action", "cause", "status", "since", "before"};
  static constexpr std::string_view kHistory[] = {"endpoint", "fromOffset", "endOffset", "since", "before"};
  const std::span<const std::string_view> meant = source == replay::Source::kIds            ? std::span<const std::string_view>(kIds)
                                                  : source == replay::Source::kDeadLetters ? std::span<const std::string_view>(kFilter)
                                                                                           : std::span<const std::string_view>(kHistory);
  for (const std::span<const std::string_view> fields : {std::span<const std::string_view>(kIds), std::span<const std::string_view>(kFilter), std::span<const std::string_view>(kHistory)}) {
    for (const auto field : fields) {
      if (call.arguments.given(field) && std::find(meant.begin(), meant.end(), field) == meant.end()) return std::string(field);
    }
  }
  return {};
}

Result<std::vector<delivery::DeadLetterId>> ids_of(const CallContext& call) {
  std::vector<delivery::DeadLetterId> ids;
  const auto sent = call.arguments.text("ids");
  if (!sent) return ids;
  simdjson::dom::parser parser;
  simdjson::dom::array values;
  const simdjson::padded_string text(*sent);
  if (parser.parse(text).get(values)) return engine::fail(Errc::kMalformed, "`ids`: a list of numbers.");
  for (const auto value : values) {
    std::uint64_t number = 0;
    if (value.get(number) || number == 0) return engine::fail(Errc::kMalformed, "`ids`: " + simdjson::minify(value).substr(0, 64) + " is no id of a dead letter.");
    ids.push_back(delivery::DeadLetterId{number});
  }
  return ids;
}

std::optional<feed::Offset> offset(const CallContext& call, std::string_view name) {
  const auto number = call.arguments.integer(name);
  return number ? std::optional(feed::Offset{static_cast<std::uint64_t>(*number)}) : std::nullopt;
}

Result<replay::SelectionRequest> request_of(const CallContext& call) {
  const auto source = replay::parse_source(call.arguments.text("source").value_or(""));
  if (!source) return engine::fail(Errc::kMalformed, "`source`: say what is to be sent again: ids, dead-letters or history.");
  if (const auto field = meaningless(call, *source); !field.empty()) {
    return engine::fail(Errc::kMalformed, "`" + field + "`: has no meaning for the source " + std::string(replay::name(*source)) + ".");
  }
  auto ids = ids_of(call);
  if (!ids) return ids.take_error();
  replay::SelectionRequest request;
  request.source = *source;
  request.ids = std::move(*ids);
  request.filter = filter_of(call);
  request.endpoint = request.filter.endpoint;
  request.from_offset = offset(call, "fromOffset");
  request.end_offset = offset(call, "endOffset");
  request.since = request.filter.since;
  request.before = request.filter.before;
  return request;
}

struct Counted {
  replay::Selection selection;
  std::uint64_t count = 0;
};
Task<Result<Counted>> count(const AdminRooms& rooms, CallContext& call) {
  const auto request = request_of(call);
  if (!request) co_return engine::fail(request.error().code, request.error().detail);
  const auto& jobs = rooms.desk->jobs;
  auto resolve = [&] { return jobs.resolve(*request); };
  auto selection = co_await engine::on_pool(rooms.pool, resolve);
  if (!selection) co_return selection.take_error();
  Counted counted{std::move(*selection), 0};
  auto slice = [&](std::uint64_t place) { return jobs.count(counted.selection, place, counted.count); };
  auto never = [] { return false; };
  auto walk = in_slices(rooms.pool, std::uint64_t{0}, slice, never, kCountSlices);
  const auto rest = co_await std::move(walk);
  if (!rest) co_return engine::fail(rest.error().code, rest.error().detail);
  if (*rest != 0) {
    co_return engine::fail(Errc::kConflict, "More than " + std::to_string(counted.count) + " match and they were not all counted; narrow the selection, by time for instance.");
  }
  co_return counted;
}

Reply answer(const Result<JobView>& view, const CallContext& call) {
  if (!view) return explain(view.error());
  std::string data;
  JsonWriter json(data);
  write_replay_job(json, *view);
  return trust::Answer{success(data, call.request_id)};
}

using Change = Result<JobView> (replay::ReplayJobs::*)(JobId, const trust::Actor&);
Task<Reply> change(const AdminRooms& rooms, CallContext& call, Change to) {
  const auto id = number_in_path(call);
  if (!id) co_return refused(Reason::kNotFound, "There is no such replay job: its id is a number.");
  const auto actor = trust::actor_of(call);
  auto work = [&] { return (rooms.desk->jobs.*to)(JobId{*id}, actor); };
  const auto view = co_await engine::on_pool(rooms.pool, work);
  co_return answer(view, call);
}

}  // namespace

Task<Reply> count_replay(const AdminRooms& rooms, CallContext& call) {
  const auto counted = co_await count(rooms, call);
  if (!counted) co_return explain(counted.error());
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("count").number_u64(counted->count);
  json.key("selection");
  write_selection(json, counted->selection);
  json.end_object();
  co_return trust::Answer{success(data, call.request_id)};
}

Task<Reply> create_replay(const AdminRooms& rooms, CallContext& call) {
  auto counted = co_await count(rooms, call);
  if (!counted) co_return explain(counted.error());
  const auto expected = call.arguments.integer("expect");
  if (!expected) co_return invalid("`expect`: confirm how many are to be sent; " + std::to_string(counted->count) + " match now.");
  const replay::ReplayJobs::Wish wish{.rate = static_cast<std::uint32_t>(call.arguments.integer("ratePerSecond").value_or(replay::kDefaultRate)),
                                      .reason = std::string(call.arguments.text("reason").value_or("")),
                                      .expected = static_cast<std::uint64_t>(*expected),
                                      .counted = counted->count};
  const auto actor = trust::actor_of(call);
  auto work = [&] { return rooms.desk->jobs.create(std::move(counted->selection), wish, actor); };
  const auto made = co_await engine::on_pool(rooms.pool, work);
  co_return answer(made, call);
}

Task<Reply> list_replays(const AdminRooms& rooms, CallContext& call) {
  const JobId below{static_cast<std::uint64_t>(call.arguments.integer("cursor").value_or(0))};
  const auto limit = static_cast<std::size_t>(call.arguments.integer("limit").value_or(50));
  auto read = [&] { return rooms.desk->jobs.list(below, limit); };
  const auto views = co_await engine::on_pool(rooms.pool, read);
  if (!views) co_return explain(views.error());
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& view : *views) write_replay_job(json, view);
  json.end_array();
  const auto next = views->size() == limit && views->back().job.id.value > 1 ? std::to_string(views->back().job.id.value) : std::string("null");
  co_return trust::Answer{success(data, call.request_id, R"({"count":)" + std::to_string(views->size()) + R"(,"next":)" + next + "}")};
}

Task<Reply> show_replay(const AdminRooms& rooms, CallContext& call) {
  const auto id = number_in_path(call);
  if (!id) co_return refused(Reason::kNotFound, "There is no such replay job: its id is a number.");
  auto read = [&] { return rooms.desk->jobs.show(JobId{*id}); };
  const auto view = co_await engine::on_pool(rooms.pool, read);
  co_return answer(view, call);
}

Task<Reply> pause_replay(const AdminRooms& rooms, CallContext& call) { return change(rooms, call, &replay::ReplayJobs::pause); }
Task<Reply> resume_replay(const AdminRooms& rooms, CallContext& call) { return change(rooms, call, &replay::ReplayJobs::resume); }
Task<Reply> cancel_replay(const AdminRooms& rooms, CallContext& call) { return change(rooms, call, &replay::ReplayJobs::cancel); }

}  // namespace app::admin
