#include "delivery/payload.h"

#include "engine/base/json_writer.h"
#include "engine/base/utc.h"

namespace delivery {

std::string payload(const feed::ChangeView& change, const Routing& routing) {
  std::string body;
  body.reserve(256 + change.webhook.size() + routing.json.size());
  body.append(R"({"id":")").append(feed::text(change.event_id));
  body.append(R"(","occurredAt":")");
  engine::append_rfc3339(body, change.commit_time);
  body.append(R"(","resourceType":)");
  engine::append_json_string(body, change.webhook_type());
  body.append(R"(,"resourceId":)");
  engine::append_json_string(body, change.webhook_id());
  body.append(R"(,"action":")").append(feed::name(change.webhook_action));
  body.append(R"(","updatedAt":")");
  engine::append_rfc3339(body, change.updated_at);
  const bool gone = change.webhook_action == feed::Action::kDeleted || change.webhook.empty();
  body.append(R"(","snapshot":)").append(gone ? std::string_view("null") : change.webhook);
  body.append(R"(,"subscriptions":)").append(routing.json).push_back('}');
  return body;
}

}  // namespace delivery
