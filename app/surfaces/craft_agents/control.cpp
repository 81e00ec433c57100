#include "access/control/control_plane.h"
#include "app/surfaces/craft_agents/control_bodies.h"
#include "app/surfaces/craft_agents/control_json.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/runtime/on_pool.h"
#include "feed/list_reader.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;

constexpr std::int64_t kRetryWhenFullSeconds = 60;

trust::Refusal explain(const engine::Error& error) {
  switch (error.code) {
    case engine::Errc::kMalformed:
    case engine::Errc::kConflict:
      return refused(trust::Reason::kInvalid, error.detail);
    case engine::Errc::kNotFound:
      return refused(trust::Reason::kNotFound, error.detail);
    case engine::Errc::kDenied:
      return lacks_scope(error.detail);
    case engine::Errc::kFull: {
      auto refusal = refused(trust::Reason::kNotReady, "There is no room for this now; retry later.");
      refusal.retry_after_seconds = kRetryWhenFullSeconds;
      return refusal;
    }
    default:
      return refused(trust::Reason::kInternal);
  }
}

trust::Caller caller_of(const CallContext& call) {
  const auto* credential = call.principal.credential();
  trust::Caller caller;
  const bool is_operator = credential && credential->id.starts_with(trust::kOperatorPrefix);
  caller.actor = {is_operator ? "cp-user" : "credential", credential ? credential->id : "unknown", std::string(call.request_id), call.request.peer_address};
  if (credential && credential->source == trust::CredentialSource::kManaged)
    caller.managed = trust::ManagedId{static_cast<std::uint64_t>(credential->managed_id)};
  caller.force_approval = credential && credential->force_human_approval;
  return caller;
}

template <class Write>
trust::Answer one(const CallContext& call, const Write& write, std::string_view meta = {}) {
  std::string data;
  JsonWriter json(data);
  write(json);
  trust::Answer answer;
  answer.body = success(data, call.request_id, meta);
  return answer;
}

std::size_t limit_of(const CallContext& call) { return static_cast<std::size_t>(call.arguments.integer("limit").value_or(50)); }

template <class Id>
Id before_of(const CallContext& call) {
  return Id{static_cast<std::uint64_t>(call.arguments.integer("before").value_or(0))};
}

/// The rows, their number, and where the list goes on: older ones have smaller ids than `nextBefore`.
template <class Row, class Write>
trust::Answer many(const CallContext& call, const std::vector<Row>& rows, const Write& write, bool paged) {
  std::string meta;
  JsonWriter facts(meta);
  facts.begin_object().key("count").number_u64(rows.size());
  if (paged) {
    facts.key("nextBefore");
    rows.size() == limit_of(call) ? facts.number_u64(rows.back().id.value) : facts.null();
  }
  facts.end_object();
  const auto write_all = [&](JsonWriter& json) {
    json.begin_array();
    for (const auto& row : rows) write(json, row);
    json.end_array();
  };
  return one(call, write_all, meta);
}

/// The filter's status; nullopt: one that no record has, so the list is empty.
template <class Status>
std::optional<std::optional<Status>> status_of(const CallContext& call, std::optional<Status> (*parse)(std::string_view)) {
  const auto asked = call.arguments.text("status");
  if (!asked) return std::optional<Status>();
  const auto status = parse(*asked);
  if (!status) return std::nullopt;
  return status;
}

/// Contract 4.7: the entry of a draft update must exist. The feed knows it, whatever its status.
engine::Result<void> find_entry(const Service& service, trust::Payload& payload) {
  if (!payload.target.entry || !payload.problem.empty()) return engine::ok();
  const auto id = std::to_string(*payload.target.entry);
  const auto entry = service.rooms.lists.by_id("entry", id);
  if (!entry) return engine::fail(entry.error().code, entry.error().detail);
  if (!*entry) payload.problem = "Entry " + id + " does not exist.";
  return engine::ok();
}

}  // namespace

Task<Reply> control_policies(const Service& service, CallContext& call) {
  const auto& control = *service.rooms.control;
  auto read = [&control] { return control.policies(); };
  const auto policies = co_await engine::on_pool(service.rooms.pool, read);
  const auto write = [](JsonWriter& json, const trust::Policy& policy) { write_policy(json, policy); };
  co_return many(call, policies, write, false);
}

Task<Reply> upsert_policy(const Service& service, CallContext& call) {
  auto draft = policy_draft(call.arguments);
  if (!draft) co_return explain(draft.error());
  auto& control = *service.rooms.control;
  const auto caller = caller_of(call);
  auto work = [&] { return control.upsert(std::move(*draft), caller.actor); };
  const auto kept = co_await engine::on_pool(service.rooms.pool, work);
  if (!kept) co_return explain(kept.error());
  const auto write = [&](JsonWriter& json) { write_policy(json, kept->policy); };
  co_return one(call, write);
}

Task<Reply> control_approvals(const Service& service, CallContext& call) {
  const auto status = status_of(call, &trust::parse_approval_status);
  trust::ApprovalFilter filter{status.value_or(std::nullopt), std::string(call.arguments.text("actionType").value_or("")), before_of<trust::ApprovalId>(call)};
  auto& control = *service.rooms.control;
  auto read = [&]() -> engine::Result<std::vector<trust::Approval>> {
    if (auto swept = control.sweep(); !swept && swept.error().code != engine::Errc::kFull) return swept.take_error();  // a full disk still shows what there is
    if (!status) return std::vector<trust::Approval>();
    return control.approvals(filter, limit_of(call));
  };
  const auto approvals = co_await engine::on_pool(service.rooms.pool, read);
  if (!approvals) co_return explain(approvals.error());
  const auto write = [&](JsonWriter& json, const trust::Approval& approval) { write_approval(json, approval, call.now); };
  co_return many(call, *approvals, write, true);
}

Task<Reply> request_approval(const Service& service, CallContext& call) {
  auto request = approval_request(call);
  if (!request) co_return explain(request.error());
  auto& control = *service.rooms.control;
  const auto caller = caller_of(call);
  auto work = [&] { return control.request(std::move(*request), caller); };
  const auto kept = co_await engine::on_pool(service.rooms.pool, work);
  if (!kept) co_return explain(kept.error());
  const auto write = [&](JsonWriter& json) { write_approval(json, kept->record, call.now, kept->replay); };
  co_return one(call, write);
}

Task<Reply> decide_approval(const Service& service, CallContext& call) {
  const auto id = call.arguments.integer("approvalId").value_or(0);
  if (id <= 0) co_return refused(trust::Reason::kInvalid, "`approvalId` is required: a positive whole number.");
  const auto decision = engine::net::ascii_lower(call.arguments.text("decision").value_or(""));
  const bool approve = decision == "approve" || decision == "approved";
  if (!approve && decision != "reject" && decision != "rejected") co_return refused(trust::Reason::kInvalid, "`decision` must be `approved` or `rejected`.");
  auto& control = *service.rooms.control;
  const auto caller = caller_of(call);
  const auto choice = approve ? trust::Choice::kApprove : trust::Choice::kReject;
  auto work = [&] {
    return control.decide(trust::ApprovalId{static_cast<std::uint64_t>(id)}, choice, std::string(call.arguments.text("decisionReason").value_or("")),
                          caller.actor);
  };
  const auto decided = co_await engine::on_pool(service.rooms.pool, work);
  if (!decided) co_return explain(decided.error());
  const auto write = [&](JsonWriter& json) { write_approval(json, *decided, call.now); };
  co_return one(call, write);
}

Task<Reply> control_executions(const Service& service, CallContext& call) {
  const auto status = status_of(call, &trust::parse_execution_status);
  trust::ExecutionFilter filter{status.value_or(std::nullopt), std::string(call.arguments.text("actionType").value_or("")),
                                before_of<trust::ExecutionId>(call)};
  const auto& control = *service.rooms.control;
  auto read = [&]() -> engine::Result<std::vector<trust::Execution>> {
    if (!status) return std::vector<trust::Execution>();
    return control.executions(filter, limit_of(call));
  };
  const auto executions = co_await engine::on_pool(service.rooms.pool, read);
  if (!executions) co_return explain(executions.error());
  const auto write = [](JsonWriter& json, const trust::Execution& execution) { write_execution(json, execution); };
  co_return many(call, *executions, write, true);
}

Task<Reply> simulate_action(const Service& service, CallContext& call) {
  auto request = simulate_request(call);
  if (!request) co_return explain(request.error());
  const auto& control = *service.rooms.control;
  const auto caller = caller_of(call);
  auto work = [&]() -> engine::Result<trust::Simulation> {
    if (auto found = find_entry(service, request->payload); !found) return found.take_error();
    return control.simulate(*request, caller);
  };
  const auto simulation = co_await engine::on_pool(service.rooms.pool, work);
  if (!simulation) co_return explain(simulation.error());
  const auto write = [&](JsonWriter& json) { write_simulation(json, *simulation, *request, caller.force_approval, call.now); };
  co_return one(call, write);
}

Task<Reply> execute_action(const Service& service, CallContext& call) {
  auto request = execute_request(call);
  if (!request) co_return explain(request.error());
  auto& control = *service.rooms.control;
  const auto caller = caller_of(call);
  const std::function<bool(std::string_view)> holds = [&](std::string_view scope) { return trust::allow(call.principal, scope); };
  auto work = [&]() -> engine::Result<trust::Executed> {
    if (auto found = find_entry(service, request->payload); !found) return found.take_error();
    return control.execute(std::move(*request), caller, holds);
  };
  const auto executed = co_await engine::on_pool(service.rooms.pool, work);
  if (!executed) co_return explain(executed.error());
  std::string meta;
  JsonWriter facts(meta);
  facts.begin_object().key("policy");
  write_policy(facts, executed->policy);
  facts.end_object();
  const auto write = [&](JsonWriter& json) { write_execution(json, executed->execution, executed->replay); };
  co_return one(call, write, meta);
}

Task<Reply> control_audit(const Service& service, CallContext& call) {
  trust::AuditFilter filter;
  filter.category = call.arguments.text("category").value_or("");
  filter.actor_id = call.arguments.text("actorId").value_or("");
  filter.before = before_of<trust::AuditId>(call);
  const auto& audit = service.rooms.control->audit();
  auto read = [&] { return audit.list(filter, limit_of(call)); };
  const auto rows = co_await engine::on_pool(service.rooms.pool, read);
  if (!rows) co_return explain(rows.error());
  const auto write = [](JsonWriter& json, const trust::AuditRow& row) { write_audit_row(json, row); };
  co_return many(call, *rows, write, true);
}

}  // namespace app::craft_agents
