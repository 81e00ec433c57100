#include "app/surfaces/craft_agents/test_sink.h"

#include "app/surfaces/craft_agents/json_objects.h"
#include "engine/runtime/on_pool.h"

namespace app::craft_agents {
namespace {

using engine::JsonWriter;
using engine::net::Method;
using engine::net::Response;

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
  response.headers.push_back({"Cache-Control", "no-store, private"});
  response.body = std::move(body);
  return response;
}

Response refuse(int status, std::string_view error, std::string_view message) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("ok").boolean(false);
  json.key("error").string(error);
  json.key("message").string(message);
  json.end_object();
  return json_response(status, std::move(body));
}

Response introduce(const std::string& url) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("service").string("agents");
  json.key("type").string("webhook.test-sink");
  json.key("enabled").boolean(true);
  json.key("url").string(url);
  json.key("message").string("POST webhooks here; operators see what was captured.");
  json.end_object();
  return json_response(200, std::move(body));
}

// Members of the payload; an envelope holds the contract's as its data.
void take_payload(replay::Capture& capture) {
  const SentObject payload(capture.body);
  capture.event_id = payload.text("id");
  const auto take = [](const SentObject& from, replay::Capture& into) {
    into.resource_type = from.text("resourceType");
    into.resource_id = from.text("resourceId");
    into.action = from.text("action");
  };
  take(payload, capture);
  const auto data = payload.member("data");
  if (!data || !capture.resource_type.empty()) return;
  const SentObject enveloped(simdjson::minify(*data));
  take(enveloped, capture);
  if (capture.event_id.empty()) capture.event_id = enveloped.text("id");
}

replay::Capture received(const engine::net::Request& request) {
  replay::Capture capture;
  capture.method = engine::net::name(request.method);
  capture.content_type = request.header("Content-Type").value_or("");
  capture.user_agent = request.header("User-Agent").value_or("");
  capture.remote_ip = request.peer_address;
  capture.headers = request.headers;
  capture.body = request.body;
  take_payload(capture);
  return capture;
}

void text_or_null(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

Response describe(const replay::Capture& capture) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("captured").begin_object();
  write_captured(json, capture);
  json.key("dateCreated").string(engine::sql_datetime(capture.created));
  json.end_object();
  json.end_object();
  return json_response(200, std::move(body));
}

}  // namespace

void write_captured(JsonWriter& json, const replay::Capture& capture) {
  json.key("id").number_u64(capture.id);
  text_or_null(json, "eventId", capture.event_id);
  text_or_null(json, "resourceType", capture.resource_type);
  text_or_null(json, "resourceId", capture.resource_id);
  text_or_null(json, "action", capture.action);
  json.key("verificationStatus").string(replay::name(capture.status));
}

bool is_for_test_sink(const WebhookDesk& desk, const engine::net::Request& request) {
  std::string_view path = request.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  return desk.sink() && path == kTestSinkPath;
}

engine::Task<Response> answer_as_test_sink(const WebhookDesk& desk, asio::thread_pool& pool, const engine::net::Request& request) {
  if (request.method == Method::kGet || request.method == Method::kHead) co_return introduce(desk.sink_url());
  if (request.method != Method::kPost) {
    auto refusal = refuse(405, "METHOD_NOT_ALLOWED", "The test sink answers GET and POST.");
    refusal.headers.push_back({"Allow", "GET, HEAD, POST"});
    co_return refusal;
  }
  auto keep = [&desk, &request] { return desk.sink()->capture(received(request)); };
  const auto captured = co_await engine::on_pool(pool, keep);
  if (!captured) co_return refuse(503, "SINK_UNAVAILABLE", "The test sink cannot store what it is sent.");
  co_return describe(*captured);
}

}  // namespace app::craft_agents
