#include "delivery/payload.h"

#include <algorithm>
#include <cassert>

#include "delivery/told.h"
#include "engine/base/byte_order.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"
#include "engine/base/utc.h"

namespace delivery {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kEventIdBytes = 20;

void write_event_id(char* out, feed::EventId id) {
  char bytes[sizeof id.value];
  engine::store_big(bytes, id.value);
  engine::write_hex(std::copy_n("evt_", 4, out), {bytes, sizeof bytes});
}

/// What is told of a resource whose own content is not at hand, because something told as its change has vanished (contract 16.2).
void append_brief(std::string& body, std::string_view id, engine::WallTime updated_at) {
  const bool number = !id.empty() && id.size() < 16 && id.find_first_not_of("0123456789") == std::string_view::npos;
  body.append(R"({"id":)");
  if (number) {
    body.append(id);
  } else {
    engine::append_json_string(body, id);
  }
  body.append(R"(,"updatedAt":")");
  engine::append_rfc3339(body, updated_at);
  body.append(R"("})");
}

// The contract's payload.
void append_event(std::string& body, const feed::ChangeView& change, const Told& told, const Routing& routing) {
  constexpr auto kStart = R"({"id":"evt_0000000000000000","occurredAt":"0000-00-00T00:00:00Z","resourceType":)"sv;
  char start[kStart.size()];
  std::copy(kStart.begin(), kStart.end(), start);
  write_event_id(start + kStart.find("evt_"), change.event_id);
  engine::write_rfc3339(start + kStart.find("0000-"), change.commit_time);
  body.append(start, sizeof start);
  engine::append_json_string(body, told.type);
  body.append(R"(,"resourceId":)"sv);
  engine::append_json_string(body, told.id);
  body.append(R"(,"action":")"sv).append(feed::name(told.action));
  body.append(R"(","updatedAt":")"sv);
  engine::append_rfc3339(body, change.updated_at);
  body.append(R"(","snapshot":)"sv);
  if (told.action == feed::Action::kDeleted) {
    body.append("null"sv);
  } else if (!told.snapshot.empty()) {
    body.append(told.snapshot);
  } else {
    append_brief(body, told.id, change.updated_at);
  }
  body.append(R"(,"subscriptions":)"sv).append(routing.json).push_back('}');
}

// "entry.updated", a member's value.
void append_type(std::string& body, const Telling& telling) {
  engine::append_json_string(body, telling.type);
  body.back() = '.';
  body.append(telling.action).push_back('"');
}

void begin_standard(std::string& body, const Telling& telling) {
  body.append(R"({"type":)");
  append_type(body, telling);
  body.append(R"(,"timestamp":")");
  engine::append_rfc3339(body, telling.at);
  body.append(R"(","data":)");
}

// The source is the feed in which the event's resource stands; source and id together are unique, as CloudEvents demands.
void begin_cloud_event(std::string& body, const Telling& telling) {
  body.append(kCloudEventsStart).append(R"("id":")").append(telling.id);
  body.append(R"(","source":"/agents/v1/changes","type":)");
  append_type(body, telling);
  body.append(R"(,"time":")");
  engine::append_rfc3339(body, telling.at);
  body.append(R"(","subject":)");
  engine::append_json_string(body, telling.type);
  body.back() = '/';
  const auto id_at = body.size();
  engine::append_json_string(body, telling.resource_id);
  body.erase(id_at, 1);
  body.append(R"(,"datacontenttype":"application/json","data":)");
}

// What stands before the payload; false: nothing, and nothing behind it.
bool begin(std::string& body, PayloadForm form, const Telling& telling) {
  switch (form) {
    case PayloadForm::kContract: return false;
    case PayloadForm::kStandardWebhooks: begin_standard(body, telling); break;
    case PayloadForm::kCloudEvents: begin_cloud_event(body, telling); break;
  }
  return true;
}

}  // namespace

void append_event_id(std::string& out, feed::EventId id) {
  char text[kEventIdBytes];
  write_event_id(text, id);
  out.append(text, sizeof text);
}

std::string payload(const feed::ChangeView& change, const Routing& routing) {
  std::string body;
  write_payload(body, change, routing);
  return body;
}

void write_payload(std::string& body, const feed::ChangeView& change, const Routing& routing, PayloadForm form) {
  const auto told = told_of(change);
  assert(told);
  body.clear();
  body.reserve(512 + told->snapshot.size() + routing.json.size());
  if (form == PayloadForm::kContract) return append_event(body, change, *told, routing);
  std::string id;
  append_event_id(id, change.event_id);
  begin(body, form, {id, told->type, told->id, feed::name(told->action), change.commit_time});
  append_event(body, change, *told, routing);
  body.push_back('}');
}

std::string in_form(PayloadForm form, const Telling& telling, std::string_view payload) {
  std::string body;
  const bool enveloped = begin(body, form, telling);
  body.append(payload);
  if (enveloped) body.push_back('}');
  return body;
}

}  // namespace delivery
