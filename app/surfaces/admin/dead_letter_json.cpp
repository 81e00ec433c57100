#include "app/surfaces/admin/dead_letter_json.h"

namespace app::admin {

void write_text_or_null(engine::JsonWriter& json, std::string_view text) { text.empty() ? json.null() : json.string(text); }

void write_id_or_null(engine::JsonWriter& json, std::uint64_t id) { id == 0 ? json.null() : json.number_u64(id); }

void write_dead_letter(engine::JsonWriter& json, const delivery::DeadLetter& letter, bool payload) {
  json.begin_object();
  json.key("id").number_u64(letter.id.value);
  json.key("endpoint").string(letter.endpoint);
  json.key("eventId").string(feed::text(letter.event_id));
  json.key("resourceType").string(letter.key.type);
  json.key("resourceId").string(letter.key.id);
  json.key("action");
  write_text_or_null(json, letter.action == feed::Action::kNone ? std::string_view{} : feed::name(letter.action));
  json.key("offset").number_u64(letter.offset.value);
  json.key("status").string(delivery::name(letter.status));
  json.key("cause").string(delivery::name(letter.cause));
  json.key("attempts").number(letter.attempts);
  json.key("lastError");
  write_text_or_null(json, letter.last_error);
  json.key("dateCreated").instant(letter.created);
  json.key("dateUpdated").instant(letter.updated);
  if (payload) json.key("payload").raw(letter.payload.empty() ? std::string_view("{}") : std::string_view(letter.payload));
  json.end_object();
}

}  // namespace app::admin
