#include "app/webhook_desk.h"

#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "app/surfaces/craft_agents/test_sink.h"
#include "engine/base/json_writer.h"
#include "engine/net/http.h"
#include "engine/runtime/on_pool.h"

namespace app::admin {

namespace {

using craft_agents::refused;
using craft_agents::success;
using engine::JsonWriter;
using trust::Reason;

void time_or_null(JsonWriter& json, std::string_view key, const std::optional<engine::WallTime>& at) {
  json.key(key);
  at ? json.string(engine::sql_datetime(*at)) : json.null();
}

void text_or_null(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

trust::Refusal explain(const engine::Error& error) {
  if (error.code == engine::Errc::kUnavailable) return refused(Reason::kMisconfigured, error.detail);
  if (error.code == engine::Errc::kConflict || error.code == engine::Errc::kNotFound) return refused(Reason::kInvalid, error.detail);
  return refused(Reason::kInternal);
}

bool has_secret(const delivery::EndpointConfig& endpoint) { return !endpoint.secrets.empty() || !endpoint.signing_keys.empty(); }

void write_run(JsonWriter& json, const replay::ProbeRun& run) {
  json.begin_object();
  json.key("id").number_u64(run.id);
  json.key("probeId").string(run.probe_id);
  json.key("eventId").string(run.event_id);
  json.key("status").string(run.delivered ? "delivered" : "failed");
  json.key("deliveryMode").string("sync");
  json.key("httpStatusCode");
  run.http_status ? json.number(run.http_status) : json.null();
  text_or_null(json, "httpReason", run.http_status ? engine::net::reason(run.http_status) : std::string_view{});
  text_or_null(json, "errorMessage", run.error);
  text_or_null(json, "triggeredByUserId", run.user_id);
  text_or_null(json, "triggeredByLabel", run.user_label);
  json.key("targetUrl").string(run.target_url);
  json.key("payload").raw(run.payload);
  json.key("dateCreated").string(engine::sql_datetime(run.created));
  text_or_null(json, "endpoint", run.endpoint);
  json.end_object();
}

/// Of the endpoint of that name, which is there.
std::string probe_json(const WebhookDesk& desk, const std::string& name, const replay::ProbeSummary& summary, std::chrono::seconds wait, engine::WallTime now) {
  const bool made = !name.empty();  // by an operator: URL and secret are always there
  const auto url = desk.url_of(name).value_or("");
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("config").begin_object();
  json.key("urlConfigured").boolean(!url.empty());
  json.key("secretConfigured").boolean(made || has_secret(desk.endpoint()));
  json.key("enabled").boolean(made || desk.endpoint().configured());
  text_or_null(json, "targetUrl", url);
  json.key("storageReady").boolean(true);
  json.key("cooldownSeconds").number(replay::WebhookProbe::kCooldown.count());
  json.key("cooldownActive").boolean(wait.count() > 0);
  json.key("cooldownRemainingSeconds").number(wait.count());
  time_or_null(json, "nextAllowedAt", wait.count() > 0 ? std::optional(engine::floor_seconds(now) + wait) : std::nullopt);
  json.end_object();
  json.key("summary").begin_object();
  json.key("total").number_u64(summary.total);
  json.key("delivered").number_u64(summary.delivered);
  json.key("failed").number_u64(summary.failed);
  time_or_null(json, "lastAttemptAt", summary.last_attempt);
  time_or_null(json, "lastDeliveredAt", summary.last_delivered);
  time_or_null(json, "lastFailedAt", summary.last_failed);
  json.end_object();
  json.key("runs").begin_array();
  for (const auto& run : summary.newest) write_run(json, run);
  json.end_array();
  json.end_object();
  return data;
}

void write_capture(JsonWriter& json, const replay::Capture& capture) {
  json.begin_object();
  craft_agents::write_captured(json, capture);
  json.key("method").string(capture.method);
  text_or_null(json, "contentType", capture.content_type);
  text_or_null(json, "remoteIp", capture.remote_ip);
  text_or_null(json, "userAgent", capture.user_agent);
  json.key("payloadBytes").number_u64(capture.body.size());
  json.key("headers").begin_array();
  for (const auto& header : capture.headers) {
    json.begin_object();
    json.key("name").string(header.name);
    json.key("value").string(header.value);
    json.end_object();
  }
  json.end_array();
  json.key("body").string(capture.body);
  json.key("dateCreated").string(engine::sql_datetime(capture.created));
  json.end_object();
}

std::string sink_json(const WebhookDesk& desk, const replay::SinkSummary& summary) {
  std::string data;
  JsonWriter json(data);
  json.begin_object();
  json.key("config").begin_object();
  json.key("requested").boolean(desk.sink_requested());
  json.key("devMode").boolean(desk.development());
  json.key("enabled").boolean(desk.sink() != nullptr);
  json.key("path").string(kTestSinkPath);
  json.key("url").string(desk.sink_url());
  json.key("webhookUrlConfigured").boolean(!desk.endpoint().url.empty());
  json.key("webhookSecretConfigured").boolean(has_secret(desk.endpoint()));
  json.key("webhookUrlMatchesSink").boolean(desk.sink() && desk.sink()->leads_to(desk.sink_url()));
  json.key("storageReady").boolean(true);
  json.key("retentionLimit").number_u64(replay::TestSink::kKept);
  json.end_object();
  json.key("summary").begin_object();
  json.key("total").number_u64(summary.total);
  json.key("valid").number_u64(summary.valid);
  json.key("invalid").number_u64(summary.invalid);
  json.key("unsigned").number_u64(summary.unsigned_);
  json.key("secretMissing").number_u64(summary.secret_missing);
  time_or_null(json, "lastCapturedAt", summary.last_captured);
  json.end_object();
  json.key("captures").begin_array();
  for (const auto& capture : summary.newest) write_capture(json, capture);
  json.end_array();
  json.end_object();
  return data;
}

trust::Refusal no_sink() {
  return refused(Reason::kNotFound, "The test sink is off: it needs webhook.test_sink = true (PLUGIN_AGENTS_WEBHOOK_TEST_SINK) and the profile local or test.");
}

/// The endpoint that is asked for, as the probe and the sink call it; nullopt: there is none of that name.
std::optional<std::string> asked_for(const WebhookDesk& desk, const CallContext& call) {
  auto name = desk.name_of(call.arguments.text("endpoint").value_or(""));
  return desk.url_of(name) ? std::optional(std::move(name)) : std::nullopt;
}

trust::Refusal no_endpoint(const CallContext& call) {
  return refused(Reason::kNotFound, "There is no endpoint " + std::string(call.arguments.text("endpoint").value_or("").substr(0, 64)) + ".");
}

}  // namespace

Task<Reply> show_probe(const AdminRooms& rooms, CallContext& call) {
  const auto& probe = rooms.webhook_desk->probe();
  const auto name = asked_for(*rooms.webhook_desk, call);
  if (!name) co_return no_endpoint(call);
  auto read = [&probe, &name] { return probe.summary(*name); };
  const auto summary = co_await engine::on_pool(rooms.pool, read);
  if (!summary) co_return refused(Reason::kInternal);
  auto ask = [&probe, &name] { return probe.wait(*name); };
  const auto wait = co_await engine::on_pool(rooms.pool, ask);
  if (!wait) co_return refused(Reason::kInternal);
  co_return trust::Answer{success(probe_json(*rooms.webhook_desk, *name, *summary, *wait, call.now), call.request_id)};
}

Task<Reply> run_probe(const AdminRooms& rooms, CallContext& call) {
  auto& desk = *rooms.webhook_desk;
  const auto name = asked_for(desk, call);
  if (!name) co_return no_endpoint(call);
  const auto run = co_await desk.probe().run(desk.person(call.principal.id()), trust::actor_of(call), *name);
  if (!run) co_return explain(run.error());
  std::string data;
  JsonWriter json(data);
  write_run(json, *run);
  co_return trust::Answer{success(data, call.request_id)};
}

Task<Reply> show_sink(const AdminRooms& rooms, CallContext& call) {
  const auto& desk = *rooms.webhook_desk;
  auto read = [&desk]() -> engine::Result<replay::SinkSummary> { return desk.sink() ? desk.sink()->summary() : replay::SinkSummary{}; };
  const auto summary = co_await engine::on_pool(rooms.pool, read);
  if (!summary) co_return refused(Reason::kInternal);
  co_return trust::Answer{success(sink_json(desk, *summary), call.request_id)};
}

Task<Reply> clear_sink(const AdminRooms& rooms, CallContext& call) {
  auto* sink = rooms.webhook_desk->sink();
  if (!sink) co_return no_sink();
  auto work = [sink, &call] { return sink->clear(trust::actor_of(call)); };
  const auto cleared = co_await engine::on_pool(rooms.pool, work);
  if (!cleared) co_return refused(Reason::kInternal);
  co_return trust::Answer{success(R"({"deleted":)" + std::to_string(*cleared) + "}", call.request_id)};
}

Task<Reply> test_sink(const AdminRooms& rooms, CallContext& call) {
  auto* sink = rooms.webhook_desk->sink();
  if (!sink) co_return no_sink();
  const auto name = asked_for(*rooms.webhook_desk, call);
  if (!name) co_return no_endpoint(call);
  const auto captured = co_await sink->send_test(rooms.webhook_desk->sink_url(), trust::actor_of(call), *name);
  if (!captured) co_return explain(captured.error());
  std::string data;
  JsonWriter json(data);
  write_capture(json, *captured);
  co_return trust::Answer{success(data, call.request_id)};
}

}  // namespace app::admin
