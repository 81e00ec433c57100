// The operations endpoints: what app/operations says, in this dialect's words (contract craft-agents-governance section 5).
#include "app/operations/operations.h"

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/runtime/on_pool.h"

namespace app::craft_agents {

namespace {

/// `object` with "ok" in front and the request's id behind, unless it carries that itself.
trust::Answer bare(const std::string& object, std::string_view request_id, bool has_id = false) {
  trust::Answer answer;
  answer.body.reserve(object.size() + 64);
  answer.body.append("{\"ok\":true,").append(object, 1, object.size() - 2);
  if (!has_id) {
    answer.body.append(",\"requestId\":");
    engine::append_json_string(answer.body, request_id);
  }
  answer.body.push_back('}');
  return answer;
}

Reply answered(const engine::Result<std::string>& object, std::string_view request_id) {
  if (!object) return refused(trust::Reason::kInternal);
  return bare(*object, request_id);
}

using operations::Operations;

/// An answer without parameters, written on the pool.
Task<Reply> written(const Service& service, CallContext& call, std::string (Operations::*write)() const) {
  auto work = [&operations = *service.rooms.operations, write] { return (operations.*write)(); };
  co_return bare(co_await engine::on_pool(service.rooms.pool, work), call.request_id);
}

}  // namespace

Task<Reply> readiness(const Service& service, CallContext& call) { return written(service, call, &Operations::readiness_json); }
Task<Reply> lifecycle(const Service& service, CallContext& call) { return written(service, call, &Operations::lifecycle_json); }
Task<Reply> adoption(const Service& service, CallContext& call) { return written(service, call, &Operations::adoption_json); }

Task<Reply> metrics(const Service& service, CallContext& call) {
  const auto& operations = *service.rooms.operations;
  auto read = [&operations] { return operations.metrics_json(); };
  co_return answered(co_await engine::on_pool(service.rooms.pool, read), call.request_id);
}

Task<Reply> incidents(const Service& service, CallContext& call) {
  const auto& operations = *service.rooms.operations;
  operations::IncidentQuery query;
  const auto severity = call.arguments.text("severity").value_or("all");
  if (severity == "warn") query.severity = operations::Level::kWarn;
  if (severity == "critical") query.severity = operations::Level::kCritical;
  query.limit = static_cast<std::size_t>(call.arguments.integer("limit").value_or(50));
  auto read = [&operations, &query] { return operations.incidents_json(query); };
  co_return answered(co_await engine::on_pool(service.rooms.pool, read), call.request_id);
}

Task<Reply> diagnostics(const Service& service, CallContext& call) {
  const auto& operations = *service.rooms.operations;
  auto read = [&operations, id = call.request_id] { return operations.diagnostics_json(id); };
  co_return bare(co_await engine::on_pool(service.rooms.pool, read), call.request_id, true);
}

}  // namespace app::craft_agents
