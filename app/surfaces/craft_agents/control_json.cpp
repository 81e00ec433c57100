#include "app/surfaces/craft_agents/control_json.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;
using engine::WallTime;

void text_or_null(JsonWriter& json, std::string_view key, std::string_view text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

void time_or_null(JsonWriter& json, std::string_view key, std::optional<WallTime> t) { text_or_null(json, key, t ? engine::rfc3339(*t) : std::string()); }

template <class Number>
void number_or_null(JsonWriter& json, std::string_view key, std::optional<Number> number) {
  json.key(key);
  number ? json.number(static_cast<std::int64_t>(*number)) : json.null();
}

void number_or_null(JsonWriter& json, std::string_view key, std::uint32_t minutes) {
  number_or_null(json, key, minutes > 0 ? std::optional(minutes) : std::nullopt);
}

template <class List, class Value>
void write_list(JsonWriter& json, std::string_view key, const List& list, const Value& value) {
  json.key(key).begin_array();
  for (const auto& one : list) value(one);
  json.end_array();
}

void write_numbers(JsonWriter& json, std::string_view key, const std::vector<std::int64_t>& numbers) {
  write_list(json, key, numbers, [&json](std::int64_t number) { json.number(number); });
}

void write_marks(JsonWriter& json, const std::vector<trust::BoundaryMark>& marks) {
  write_list(json, "targetSetIds", marks, [&json](const trust::BoundaryMark& mark) { json.number_u64(mark.id); });
  write_list(json, "targetSetHandles", marks, [&json](const trust::BoundaryMark& mark) { json.string(mark.handle); });
  write_list(json, "targetSetNames", marks, [&json](const trust::BoundaryMark& mark) { json.string(mark.name); });
}

void write_policy_members(JsonWriter& json, const trust::Policy& policy) {
  json.key("id").number_u64(policy.id.value);
  json.key("handle").string(policy.handle);
  json.key("displayName").string(policy.display_name);
  json.key("actionPattern").string(policy.pattern);
  json.key("requiresApproval").boolean(policy.requires_approval);
  json.key("enabled").boolean(policy.enabled);
  json.key("riskLevel").string(trust::name(policy.risk));
  json.key("config").raw(policy.config);
  time_or_null(json, "dateCreated", policy.created);
  time_or_null(json, "dateUpdated", policy.updated);
}

/// The requester's own metadata, and what the server knows besides.
void write_metadata(JsonWriter& json, const trust::Approval& approval) {
  std::string own;
  JsonWriter more(own);
  if (approval.requester_managed) {
    more.key("_agentsRequester").begin_object();
    more.key("managedCredentialId").number_u64(approval.requester_managed->value);
    more.key("credentialHandle").string(approval.requested_by.id);
    more.end_object();
  }
  if (!approval.boundaries.empty()) {
    more.key("_agentsTargetSets").begin_object();
    write_marks(more, approval.boundaries);
    more.end_object();
  }
  auto whole = approval.metadata;
  whole.pop_back();  // the closing brace
  if (!own.empty() && whole != "{") whole += ',';
  json.key("metadata").raw(whole + own + '}');
}

void write_draft(JsonWriter& json, const std::optional<trust::DraftOutcome>& draft) {
  json.key("draftExecutionMetadata").begin_object();
  if (draft) {
    json.key("executionId").number_u64(draft->execution.value);
    json.key("status").string(draft->status);
    number_or_null(json, "entryId", draft->target.entry);
    number_or_null(json, "siteId", draft->target.site);
    for (const auto key : {"draftId", "draftRecordId", "draftName"}) json.key(key).null();  // the site's, and this server has none
    text_or_null(json, "message", draft->message);
    json.key("conflictType").null();
    json.key("conflictingDrafts").begin_array().end_array();
    json.key("capturedAt").string(engine::rfc3339(draft->captured));
  }
  json.end_object();
  number_or_null(json, "boundDraftExecutionId", draft ? std::optional(draft->execution.value) : std::nullopt);
  text_or_null(json, "boundDraftStatus", draft ? draft->status : std::string_view{});
  number_or_null(json, "boundDraftEntryId", draft ? draft->target.entry : std::nullopt);
  number_or_null(json, "boundDraftSiteId", draft ? draft->target.site : std::nullopt);
  for (const auto key : {"boundDraftId", "boundDraftRecordId", "boundDraftName"}) json.key(key).null();
  text_or_null(json, "boundDraftMessage", draft ? draft->message : std::string_view{});
  json.key("boundDraftConflictType").null();
  json.key("boundDraftConflicts").begin_array().end_array();
}

void write_assurance(JsonWriter& json, const trust::Approval& approval) {
  const auto& assurance = approval.assurance;
  const bool degraded = assurance.mode == trust::AssuranceMode::kDegraded;
  json.key("requiredApprovals").number(assurance.required);
  json.key("approvalCount").number(approval.count());
  json.key("approvalsRemaining").number(approval.remaining());
  json.key("assuranceMode").string(trust::name(assurance.mode));
  json.key("assuranceModeLabel")
      .string(degraded                                        ? "Single-operator fallback"
              : assurance.mode == trust::AssuranceMode::kDual ? "Dual control"
                                                              : "Single approval");
  json.key("assuranceReason").string(degraded ? "insufficient_active_cp_users" : "none");
  json.key("assuranceReasonLabel").string(degraded ? "Two approvals are wanted, but fewer than two operators can decide." : "");
  json.key("assuranceDegraded").boolean(degraded);
  json.key("assuranceEvaluatedAt").string(engine::rfc3339(assurance.evaluated));
  json.key("assuranceActiveCpUserCount").number_u64(assurance.operators);
}

void write_times(JsonWriter& json, const trust::Approval& approval, const std::optional<trust::Ruling>& shown, WallTime now) {
  time_or_null(json, "slaDueAt", approval.due);
  number_or_null(json, "escalateAfterMinutes", approval.escalate_minutes);
  number_or_null(json, "expireAfterMinutes", approval.expire_minutes);
  json.key("slaState").string(trust::sla_state(approval, now));
  number_or_null(json, "slaSecondsRemaining", trust::sla_seconds_remaining(approval, now));
  time_or_null(json, "escalatedAt", approval.escalated_at);
  time_or_null(json, "expiredAt", approval.expired_at);
  time_or_null(json, "decidedAt", shown ? std::optional(shown->at) : std::nullopt);
  const auto& second = approval.rejection ? std::nullopt : approval.second;
  time_or_null(json, "secondaryDecisionAt", second ? std::optional(second->at) : std::nullopt);
  json.key("dateCreated").string(engine::rfc3339(approval.created));
  json.key("dateUpdated").string(engine::rfc3339(approval.updated));
}

std::string_view done(const trust::Execution& execution) {
  switch (execution.handoff.state) {
    case trust::HandoffState::kNone: return "Recorded. Nothing else is done here: whoever acts on it reads the ledger.";
    case trust::HandoffState::kQueued: return "Recorded, and waiting to be taken by the configured webhook.";
    case trust::HandoffState::kDelivered: return "Recorded, and taken by the configured webhook.";
    case trust::HandoffState::kFailed: return "Recorded, but the configured webhook did not take it.";
  }
  return {};
}

void write_result(JsonWriter& json, const trust::Execution& execution) {
  const bool succeeded = execution.status == trust::ExecutionStatus::kSucceeded;
  json.key("resultPayload").begin_object();
  json.key("executionMode").string(execution_mode(execution));
  json.key("message").string(succeeded ? std::string(done(execution)) : execution.problem());
  json.key("policyHandle").string(execution.policy_handle);
  json.key("riskLevel").string(trust::name(execution.risk));
  json.key("requiresApproval").boolean(execution.requires_approval);
  if (execution.objection != trust::Objection::kNone) json.key("reasonCode").string(trust::reason_code(execution.objection));
  if (execution.action == trust::kDraftUpdate) {
    number_or_null(json, "entryId", execution.target.entry);
    number_or_null(json, "siteId", execution.target.site);
    json.key("createdDraft").boolean(false);
  }
  if (execution.outside) {
    write_numbers(json, "allowedEntryIds", execution.outside->entries);
    write_numbers(json, "allowedSiteIds", execution.outside->sites);
    write_marks(json, execution.outside->boundaries);
  }
  if (execution.handoff.state != trust::HandoffState::kNone) {
    json.key("handoff").begin_object();
    json.key("status").string(trust::name(execution.handoff.state));
    json.key("attempts").number(execution.handoff.attempts);
    text_or_null(json, "lastError", execution.handoff.last_error);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::string_view execution_mode(const trust::Execution& execution) { return execution.handoff.state == trust::HandoffState::kNone ? "record_only" : "handoff"; }

void write_policy(JsonWriter& json, const trust::Policy& policy) {
  json.begin_object();
  write_policy_members(json, policy);
  json.end_object();
}

void write_policy(JsonWriter& json, const trust::ResolvedPolicy& resolved) {
  json.begin_object();
  write_policy_members(json, resolved.policy);
  json.key("requiredScope").string(resolved.required_scope);
  json.end_object();
}

void write_approval(JsonWriter& json, const trust::Approval& approval, WallTime now, bool replay) {
  // Contract 4.6: a rejection shows in the fields of the first decision, a first approver keeps standing there; who rejected is said besides.
  const auto& shown = approval.rejection ? approval.rejection : approval.first;
  const auto& decider = approval.first ? approval.first : approval.rejection;
  const auto& second = approval.rejection ? std::nullopt : approval.second;
  json.begin_object();
  json.key("id").number_u64(approval.id.value);
  json.key("actionType").string(approval.action);
  text_or_null(json, "actionRef", approval.action_ref);
  json.key("status").string(trust::name(trust::status_at(approval, now)));
  json.key("requestedBy").string(approval.requested_by.id);
  text_or_null(json, "decidedBy", decider ? decider->by.id : std::string_view{});
  text_or_null(json, "secondaryDecisionBy", second ? second->by.id : std::string_view{});
  text_or_null(json, "reason", approval.reason);
  text_or_null(json, "decisionReason", shown ? shown->reason : std::string_view{});
  text_or_null(json, "secondaryDecisionReason", second ? second->reason : std::string_view{});
  text_or_null(json, "idempotencyKey", approval.idempotency_key);
  json.key("requestPayload").raw(approval.payload);
  write_metadata(json, approval);
  write_draft(json, approval.draft);
  write_assurance(json, approval);
  write_times(json, approval, shown, now);
  text_or_null(json, "rejectedBy", approval.rejection ? approval.rejection->by.id : std::string_view{});
  number_or_null(json, "executionId", approval.spent_by ? std::optional(approval.spent_by->value) : std::nullopt);
  if (replay) json.key("idempotentReplay").boolean(true);
  json.end_object();
}

void write_execution(JsonWriter& json, const trust::Execution& execution, bool replay) {
  json.begin_object();
  json.key("id").number_u64(execution.id.value);
  json.key("actionType").string(execution.action);
  text_or_null(json, "actionRef", execution.action_ref);
  json.key("status").string(trust::name(execution.status));
  json.key("requestedBy").string(execution.requested_by.id);
  json.key("requiredScope").string(execution.required_scope);
  number_or_null(json, "approvalId", execution.approval ? std::optional(execution.approval->value) : std::nullopt);
  json.key("idempotencyKey").string(execution.idempotency_key);
  json.key("requestPayload").raw(execution.payload);
  write_result(json, execution);
  text_or_null(json, "errorMessage", execution.problem());
  time_or_null(json, "executedAt", execution.executed);
  json.key("dateCreated").string(engine::rfc3339(execution.created));
  json.key("dateUpdated").string(engine::rfc3339(execution.updated));
  if (replay) json.key("idempotentReplay").boolean(true);
  json.end_object();
}

void write_simulation(JsonWriter& json, const trust::Simulation& simulation, const trust::ExecuteRequest& request, bool forced, WallTime now) {
  json.begin_object();
  json.key("simulation").boolean(true);
  json.key("actionType").string(simulation.action);
  text_or_null(json, "actionRef", request.action_ref);
  json.key("requiredScope").string(simulation.policy.required_scope);
  json.key("policy");
  write_policy(json, simulation.policy);
  number_or_null(json, "approvalId", simulation.approval ? std::optional(simulation.approval->value) : std::nullopt);
  json.key("requestPayload").raw(request.payload.json);
  json.key("evaluation").begin_object();
  json.key("status").string(simulation.allowed ? "allowed" : simulation.only_approval_missing ? "requires_approval" : "blocked");
  json.key("approvalStatus").string(simulation.approval_status);
  json.key("wouldExecute").boolean(simulation.allowed);
  write_list(json, "reasons", simulation.reasons, [&json](const std::string& reason) { json.string(reason); });
  json.key("forceHumanApproval").boolean(forced);
  json.end_object();
  json.key("generatedAt").string(engine::rfc3339(now));
  json.end_object();
}

void write_audit_row(JsonWriter& json, const trust::AuditRow& row) {
  const auto& event = row.event;
  json.begin_object();
  json.key("id").number_u64(row.id.value);
  json.key("category").string(event.category);
  json.key("action").string(event.action);
  json.key("outcome").string(trust::name(event.outcome));
  json.key("actorType").string(event.actor.type);
  json.key("actorId").string(event.actor.id);
  text_or_null(json, "requestId", event.actor.request_id);
  text_or_null(json, "ipAddress", event.actor.address);
  text_or_null(json, "entityType", event.entity_type);
  text_or_null(json, "entityId", event.entity_id);
  text_or_null(json, "summary", event.summary);
  json.key("metadata").raw(event.metadata.empty() ? std::string_view("{}") : std::string_view(event.metadata));
  json.key("dateCreated").string(engine::rfc3339(row.at));
  json.key("dateUpdated").string(engine::rfc3339(row.at));
  json.end_object();
}

}  // namespace app::craft_agents
