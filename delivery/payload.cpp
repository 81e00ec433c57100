#include "delivery/payload.h"

#include "engine/base/json_writer.h"
#include "engine/base/utc.h"

namespace delivery {
namespace {

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

}  // namespace

void append_event_id(std::string& out, feed::EventId id) {
  constexpr char kDigits[] = "0123456789abcdef";
  char text[] = "evt_0123456789abcdef";
  for (std::size_t i = 0; i < 16; ++i) text[4 + i] = kDigits[(id.value >> (60 - 4 * i)) & 15];
  out.append(text, 20);
}

std::string payload(const feed::ChangeView& change, const Routing& routing) {
  std::string body;
  write_payload(body, change, routing);
  return body;
}

void write_payload(std::string& body, const feed::ChangeView& change, const Routing& routing) {
  body.clear();
  body.reserve(256 + change.webhook.size() + routing.json.size());
  body.append(R"({"id":")");
  append_event_id(body, change.event_id);
  body.append(R"(","occurredAt":")");
  engine::append_rfc3339(body, change.commit_time);
  body.append(R"(","resourceType":)");
  engine::append_json_string(body, change.webhook_type());
  body.append(R"(,"resourceId":)");
  engine::append_json_string(body, change.webhook_id());
  body.append(R"(,"action":")").append(feed::name(change.webhook_action));
  body.append(R"(","updatedAt":")");
  engine::append_rfc3339(body, change.updated_at);
  body.append(R"(","snapshot":)");
  if (change.webhook_action == feed::Action::kDeleted) {
    body.append("null");
  } else if (!change.webhook.empty()) {
    body.append(change.webhook);
  } else {
    append_brief(body, change.webhook_id(), change.updated_at);
  }
  body.append(R"(,"subscriptions":)").append(routing.json).push_back('}');
}

}  // namespace delivery
