#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "delivery/dead_letters.h"
#include "engine/runtime/on_pool.h"
#include "replay/replay_desk.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;

void text_or_null(JsonWriter& json, std::string_view text) {
  if (text.empty()) {
    json.null();
  } else {
    json.string(text);
  }
}

/// The members of a record, without braces.
void write_members(JsonWriter& json, const delivery::DeadLetter& letter) {
  json.key("id").number_u64(letter.id.value);
  json.key("eventId").string(feed::text(letter.event_id));
  json.key("resourceType");
  text_or_null(json, letter.key.type);
  json.key("resourceId");
  text_or_null(json, letter.key.id);
  json.key("action");
  text_or_null(json, letter.action == feed::Action::kNone ? std::string_view{} : feed::name(letter.action));
  json.key("status").string(delivery::name(letter.status));
  json.key("attempts").number(letter.attempts);
  json.key("lastError");
  text_or_null(json, letter.last_error);
  json.key("payload").raw(letter.payload.empty() ? std::string_view("{}") : std::string_view(letter.payload));
  json.key("dateCreated").string(engine::rfc3339(letter.created));
  json.key("dateUpdated").string(engine::rfc3339(letter.updated));
}

trust::Refusal explain(const engine::Error& error) {
  if (error.code == engine::Errc::kNotFound) return refused(trust::Reason::kNotFound, "Dead-letter event not found.");
  if (error.code == engine::Errc::kUnavailable) return refused(trust::Reason::kMisconfigured, "Webhook delivery is not configured.");
  if (error.code == engine::Errc::kConflict) return refused(trust::Reason::kInvalid, error.detail);
  return refused(trust::Reason::kInternal);
}

std::string describe(const replay::ReplayDesk::One& one) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  write_members(json, one.letter);
  json.key("replayed").number(1);
  json.key("mode").string("single");
  json.key("ids").begin_array().number_u64(one.letter.id.value).end_array();
  json.end_object();
  return data;
}

std::string describe(const replay::ReplayDesk::All& all) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("attempted").number_u64(all.attempted);
  json.key("replayed").number_u64(all.replayed.size());
  json.key("errors").begin_array();
  for (const auto& error : all.errors) json.string(error);
  json.end_array();
  json.key("mode").string("all");
  json.key("ids").begin_array();
  for (const auto id : all.replayed) json.number_u64(id.value);
  json.end_array();
  json.end_object();
  return data;
}

}  // namespace

Task<Reply> list_dead_letters(const Service& service, CallContext& call) {
  const auto limit = static_cast<std::size_t>(call.arguments.integer("limit").value_or(100));
  std::optional<delivery::DeadLetterStatus> status;
  bool known = true;
  if (const auto asked = call.arguments.text("status")) {
    status = delivery::parse_status(*asked);
    known = status.has_value();
  }
  std::string data = "[";
  std::size_t count = 0;
  if (known) {
    auto read = [&service, status, limit] { return service.rooms.dead_letters.list(status, limit); };
    const auto letters = co_await engine::on_pool(service.rooms.pool, read);
    if (!letters) co_return explain(letters.error());
    JsonWriter json(data);
    for (const auto& letter : *letters) {
      json.begin_object();
      write_members(json, letter);
      json.end_object();
      ++count;
    }
  }
  data += ']';
  trust::Answer answer;
  answer.body = success(data, call.request_id, R"({"count":)" + std::to_string(count) + "}");
  co_return answer;
}

Task<Reply> replay_dead_letters(const Service& service, CallContext& call) {
  auto& desk = service.rooms.replay;
  auto& pool = service.rooms.pool;
  const auto actor = trust::actor_of(call);
  trust::Answer answer;
  if (engine::net::ascii_lower(call.arguments.text("mode").value_or("")) == "all") {
    const auto limit = call.arguments.integer("limit").value_or(25);
    auto work = [&desk, &actor, limit] { return desk.replay_all(limit, actor); };
    const auto all = co_await engine::on_pool(pool, work);
    if (!all) co_return explain(all.error());
    answer.body = success(describe(*all), call.request_id);
    co_return answer;
  }
  const auto id = call.arguments.integer("id").value_or(0);
  if (id <= 0) co_return refused(trust::Reason::kInvalid, "Provide either `id` or `mode=all`");
  auto work = [&desk, &actor, id] { return desk.replay_one(delivery::DeadLetterId(static_cast<std::uint64_t>(id)), actor); };
  const auto one = co_await engine::on_pool(pool, work);
  if (!one) co_return explain(one.error());
  answer.body = success(describe(*one), call.request_id);
  co_return answer;
}

}  // namespace app::craft_agents
