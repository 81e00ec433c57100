#include "app/transfer/change_line.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"
#include "feed/differ.h"

namespace app::transfer {

using engine::Errc;
using engine::Result;
using engine::WallTime;

namespace {

constexpr std::array<std::pair<std::string_view, feed::Origin>, 5> kOrigins = {{{"stream", feed::Origin::kStream},
                                                                                {"snapshot", feed::Origin::kSnapshot},
                                                                                {"schedule", feed::Origin::kSchedule},
                                                                                {"import", feed::Origin::kImport},
                                                                                {"resnapshot", feed::Origin::kResnapshot}}};
constexpr std::array kActions = {feed::Action::kNone, feed::Action::kCreated, feed::Action::kUpdated, feed::Action::kDeleted};
constexpr std::array<std::pair<std::string_view, std::string feed::Parts::*>, 6> kParts = {{{"list", &feed::Parts::list},
                                                                                           {"feed", &feed::Parts::feed},
                                                                                           {"detail", &feed::Parts::detail},
                                                                                           {"sensitive", &feed::Parts::sensitive},
                                                                                           {"webhook", &feed::Parts::webhook},
                                                                                           {"unredacted", &feed::Parts::unredacted}}};
constexpr std::string_view kEventPrefix = "evt_";
constexpr std::size_t kMostBytesOfKey = 255;

std::string_view name_of(feed::Origin origin) {
  for (const auto& [name, value] : kOrigins) {
    if (value == origin) return name;
  }
  return "stream";
}

// Seconds would lose what the differ compares.
std::string instant_text(WallTime at) {
  auto text = engine::sql_datetime(at);
  text[10] = 'T';
  return text + "Z";
}

using Object = simdjson::dom::object;

tl::unexpected<engine::Error> wrong(std::string_view member, std::string_view what) {
  return engine::fail(Errc::kMalformed, std::string(member) + ": " + std::string(what));
}

Result<void> read_text(const Object& line, std::string_view member, std::string& into, bool needed = false) {
  simdjson::dom::element value;
  if (line[member].get(value) || value.is_null()) {
    if (needed) return wrong(member, "is needed");
    return engine::ok();
  }
  std::string_view text;
  if (value.get(text)) return wrong(member, "expected a text");
  if (needed && text.empty()) return wrong(member, "is needed");
  into = text;
  return engine::ok();
}

Result<void> read_instant(const Object& line, std::string_view member, WallTime& into, bool needed = false) {
  std::string text;
  if (auto read = read_text(line, member, text, needed); !read) return read;
  if (text.empty()) return engine::ok();
  if (text.ends_with('Z')) text.pop_back();
  const auto instant = engine::parse_sql_datetime(text);
  if (!instant) return wrong(member, "expected an instant such as 2026-03-04T10:11:12.000001Z");
  into = *instant;
  return engine::ok();
}

Result<void> read_action(const Object& line, std::string_view member, feed::Action& into, bool needed) {
  std::string text;
  if (auto read = read_text(line, member, text, needed); !read) return read;
  if (text.empty()) return engine::ok();
  for (const auto action : kActions) {
    if (feed::name(action) != text) continue;
    into = action;
    return engine::ok();
  }
  return wrong(member, "expected created, updated, deleted or none");
}

Result<void> read_key(const Object& line, std::string_view where, feed::ResourceKey& key) {
  if (auto read = read_text(line, "type", key.type, true); !read) return wrong(where, read.error().detail);
  if (auto read = read_text(line, "id", key.id, true); !read) return wrong(where, read.error().detail);
  for (const auto* part : {&key.type, &key.id}) {
    if (part->size() > kMostBytesOfKey || part->find('\0') != std::string::npos) return wrong(where, "type and id are texts of at most 255 bytes without a zero byte");
  }
  return engine::ok();
}

Result<void> read_base64(const Object& line, std::string_view member, std::string& into) {
  std::string text;
  if (auto read = read_text(line, member, text); !read) return read;
  auto bytes = engine::from_base64(text);
  if (!bytes) return wrong(member, "expected base64");
  into = std::move(*bytes);
  return engine::ok();
}

Result<void> read_visibility(const Object& line, feed::Visibility& into) {
  simdjson::dom::array readers;
  const auto found = line["visible"].get(readers);
  if (found == simdjson::NO_SUCH_FIELD) return engine::ok();
  if (found) return wrong("visible", "expected a list");
  into = {false, false, false};
  for (const auto reader : readers) {
    std::string_view name;
    if (reader.get(name)) return wrong("visible", "expected list, feed or webhook");
    if (name == "list") into.list = true;
    else if (name == "feed") into.feed = true;
    else if (name == "webhook") into.webhook = true;
    else return wrong("visible", "expected list, feed or webhook");
  }
  return engine::ok();
}

/// The members of `parts` as the very bytes that stand in the line: their text is what readers are shown.
Result<void> read_parts(simdjson::ondemand::parser& parser, const simdjson::padded_string& line, feed::Parts& into) {
  simdjson::ondemand::document document;
  simdjson::ondemand::object parts;
  if (parser.iterate(line).get(document)) return wrong("parts", "cannot be read");
  const auto found = document["parts"].get_object().get(parts);
  if (found == simdjson::NO_SUCH_FIELD) return engine::ok();
  if (found) return wrong("parts", "expected an object");
  for (auto field : parts) {
    std::string_view name, raw;
    simdjson::ondemand::object value;
    if (field.unescaped_key().get(name)) return wrong("parts", "cannot be read");
    std::string feed::Parts::*part = nullptr;
    for (const auto& [known, member] : kParts) {
      if (known == name) part = member;
    }
    if (!part) return wrong("parts", "expected list, feed, detail, sensitive, webhook or unredacted");
    if (field.value().get_object().get(value) || value.raw_json().get(raw)) return wrong("parts." + std::string(name), "expected an object");
    into.*part = raw;
  }
  return engine::ok();
}

void complete(feed::Change& change, bool has_hash) {
  if (change.raw_updated_at == WallTime{}) change.raw_updated_at = change.updated_at;
  if (change.created_at == WallTime{}) change.created_at = change.updated_at;
  if (change.commit_time == WallTime{}) change.commit_time = change.updated_at;
  if (change.appended_at == WallTime{} && change.origin != feed::Origin::kSnapshot) change.appended_at = change.commit_time;
  if (change.event_id.value == 0) change.event_id = feed::event_id("import", change.source_transaction + instant_text(change.updated_at), change.webhook_key());
  if (has_hash) return;
  feed::Rendering rendering;
  rendering.key = change.key;
  rendering.state = change.tombstone() ? feed::Rendering::State::kDeleted : feed::Rendering::State::kLive;
  rendering.raw_updated_at = change.raw_updated_at;
  rendering.visible = change.visible;
  rendering.parts = change.parts;
  change.content_hash = feed::content_hash(rendering);
}

}  // namespace

void append_change_line(std::string& out, const feed::StoredChange& stored) {
  const feed::Change& change = stored.change;
  engine::JsonWriter json(out);
  json.begin_object().key("offset").number_u64(stored.offset.value);
  json.key("type").string(change.key.type).key("id").string(change.key.id);
  json.key("action").string(feed::name(change.feed_action)).key("webhookAction").string(feed::name(change.webhook_action));
  json.key("origin").string(name_of(change.origin)).key("transaction").string(change.source_transaction);
  json.key("updatedAt").string(instant_text(change.updated_at)).key("rawUpdatedAt").string(instant_text(change.raw_updated_at));
  json.key("createdAt").string(instant_text(change.created_at)).key("committedAt").string(instant_text(change.commit_time));
  json.key("appendedAt").string(instant_text(change.appended_at)).key("eventId").string(feed::text(change.event_id));
  json.key("visible").begin_array();
  if (change.visible.list) json.string("list");
  if (change.visible.feed) json.string("feed");
  if (change.visible.webhook) json.string("webhook");
  json.end_array();
  if (change.alias) json.key("alias").begin_object().key("type").string(change.alias->key.type).key("id").string(change.alias->key.id).end_object();
  if (change.note) json.key("note").boolean(true);
  json.key("contentHash").string(engine::to_hex(change.content_hash));
  if (!change.facts.empty()) json.key("facts").string(engine::to_base64(change.facts));
  json.key("parts").begin_object();
  for (const auto& [name, part] : kParts) {
    if (!(change.parts.*part).empty()) json.key(name).raw(change.parts.*part);
  }
  json.end_object().end_object();
  out.push_back('\n');
}

struct ChangeLineReader::State {
  simdjson::dom::parser tree;
  simdjson::ondemand::parser bytes;
};

ChangeLineReader::ChangeLineReader() : state_(std::make_unique<State>()) {}
ChangeLineReader::~ChangeLineReader() = default;

Result<feed::Change> ChangeLineReader::read(std::string_view text) {
  const simdjson::padded_string padded(text);
  simdjson::dom::element root;
  Object line;
  if (const auto error = state_->tree.parse(padded).get(root)) return engine::fail(Errc::kMalformed, std::string("no JSON: ") + simdjson::error_message(error));
  if (root.get(line)) return engine::fail(Errc::kMalformed, "expected an object");
  feed::Change change;
  change.origin = feed::Origin::kImport;
  std::string origin, event, hash;
  auto read = read_key(line, "key", change.key);
  if (read) read = read_action(line, "action", change.feed_action, true);
  if (read) read = read_action(line, "webhookAction", change.webhook_action, false);
  if (read) read = read_text(line, "origin", origin);
  if (read) read = read_text(line, "transaction", change.source_transaction);
  if (read) read = read_instant(line, "updatedAt", change.updated_at, true);
  if (read) read = read_instant(line, "rawUpdatedAt", change.raw_updated_at);
  if (read) read = read_instant(line, "createdAt", change.created_at);
  if (read) read = read_instant(line, "committedAt", change.commit_time);
  if (read) read = read_instant(line, "appendedAt", change.appended_at);
  if (read) read = read_text(line, "eventId", event);
  if (read) read = read_text(line, "contentHash", hash);
  if (read) read = read_base64(line, "facts", change.facts);
  if (read) read = read_visibility(line, change.visible);
  if (read) read = read_parts(state_->bytes, padded, change.parts);
  if (!read) return read.take_error();
  if (!origin.empty()) {
    const auto* const found = std::find_if(kOrigins.begin(), kOrigins.end(), [&](const auto& known) { return known.first == origin; });
    if (found == kOrigins.end()) return wrong("origin", "expected stream, snapshot, schedule, import or resnapshot");
    change.origin = found->second;
  }
  if (!event.empty()) {
    const auto* const end = event.data() + event.size();
    if (!event.starts_with(kEventPrefix) || std::from_chars(event.data() + kEventPrefix.size(), end, change.event_id.value, 16).ptr != end) return wrong("eventId", "expected evt_ and 16 hexadecimal digits");
  }
  if (Object alias; !line["alias"].get(alias)) {
    change.alias.emplace();
    if (auto key = read_key(alias, "alias", change.alias->key); !key) return key.take_error();
  }
  if (bool note = false; !line["note"].get(note)) change.note = note;
  const auto hashed = engine::from_hex(hash);
  if (!hashed || (!hash.empty() && hashed->size() != 16)) return wrong("contentHash", "expected 32 hexadecimal digits");
  change.content_hash = *hashed;
  if (auto facts = feed::decode_facts(change.facts); !facts) return wrong("facts", "are of another version, or damaged");
  if (change.feed_action == feed::Action::kNone && !change.note) return wrong("action", "expected created, updated or deleted");
  complete(change, !hash.empty());
  return change;
}

bool looks_like_debezium(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(line.data(), line.size()).get(root) || !root.is_object()) return false;
  return root["payload"].error() == simdjson::SUCCESS || (root["op"].error() == simdjson::SUCCESS && root["source"].error() == simdjson::SUCCESS);
}

}  // namespace app::transfer
