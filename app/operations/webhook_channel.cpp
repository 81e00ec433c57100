#include "app/operations/webhook_channel.h"

#include "engine/base/json_writer.h"

namespace app::operations {

namespace {

std::string body_of(const NotificationRow& row, std::string_view id) {
  std::string body;
  engine::JsonWriter json(body);
  json.begin_object();
  json.key("id").string(id);
  json.key("eventKind").string("notification");
  json.key("event").string(name(row.event));
  json.key("occurredAt").string(engine::rfc3339(row.created));
  json.key("subject").string(row.subject);
  json.key("text").string(row.body);
  json.key("data").raw(row.payload.empty() ? std::string_view("{}") : std::string_view(row.payload));
  json.end_object();
  return body;
}

}  // namespace

WebhookChannel::WebhookChannel(engine::net::Transport& transport, engine::net::Url url, const engine::Secret& secret, const engine::Clock& clock)
    : transport_(transport), url_(std::move(url)), headers_(secret, "millrace/" MILLRACE_VERSION), clock_(clock) {}

engine::Task<engine::Result<void>> WebhookChannel::deliver(const NotificationRow& row) {
  const auto id = "ntf_" + std::to_string(row.id.value);
  const auto body = body_of(row, id);
  engine::net::OutboundRequest request;
  request.url = &url_;
  request.lines = headers_.sign(id, clock_.wall_now(), body);
  request.body = body;
  request.total_timeout = kTimeout;
  const auto answer = co_await transport_.post(request);
  if (!answer) co_return engine::fail(answer.error().code, answer.error().detail);
  if (answer->status < 200 || answer->status > 299)
    co_return engine::fail(engine::Errc::kUnavailable, "the receiver answered " + std::to_string(answer->status));
  co_return engine::ok();
}

}  // namespace app::operations
