#include "app/operations/operations.h"
#include "app/operations/report_json.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "engine/runtime/on_pool.h"

namespace app::craft_agents {

namespace {

/// The facts of /readiness; without operations what the surface knows by itself.
Task<operations::Readiness> probe(const Service& service) {
  const auto* operations = service.rooms.operations;
  if (!operations) {
    operations::ReadinessInput known;
    known.components = {service.rooms.status.feed_status().source_connected, true, true};
    known.commerce = service.settings().features.commerce;
    co_return operations::evaluate_readiness(known);
  }
  auto ask = [operations] { return operations->readiness(); };
  co_return co_await engine::on_pool(service.rooms.pool, ask);
}

}  // namespace

Task<Reply> health(const Service& service, CallContext& call) {
  const auto readiness = co_await probe(service);
  const auto feed = service.rooms.status.feed_status();
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  operations::write_health_members(json, readiness, service.config.version, service.settings(), call.now);
  json.key("feed").begin_object();
  json.key("serving").boolean(feed.serving);
  json.key("phase").string(feed.phase);
  json.key("progress").real(feed.progress);
  if (!feed.source_position.empty()) json.key("sourcePosition").string(feed.source_position);
  json.end_object();
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
