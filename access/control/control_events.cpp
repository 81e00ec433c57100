#include "access/control/control_events.h"

#include "engine/base/json_writer.h"

namespace trust {
namespace {

using engine::JsonWriter;

AuditEvent event(std::string_view category, std::string_view action, AuditOutcome outcome, const Actor& actor, std::string_view entity, std::uint64_t id) {
  AuditEvent told;
  told.category = category;
  told.action = action;
  told.outcome = outcome;
  told.actor = actor;
  told.entity_type = entity;
  told.entity_id = std::to_string(id);
  return told;
}

void text_or_null(JsonWriter& json, std::string_view text) { text.empty() ? json.null() : json.string(text); }

void minutes_or_null(JsonWriter& json, std::uint32_t minutes) { minutes == 0 ? json.null() : json.number(minutes); }

std::string_view name(Choice choice) { return choice == Choice::kApprove ? "approved" : "rejected"; }

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string reason_of(const Assurance& assurance) { return assurance.mode == AssuranceMode::kDegraded ? "insufficient_active_cp_users" : "none"; }

void write_assurance(JsonWriter& json, const Assurance& assurance) {
  json.key("requiredApprovals").number(assurance.required);
  json.key("assuranceMode").string(trust::name(assurance.mode));
  json.key("assuranceReason").string(reason_of(assurance));
}

}  // namespace

Actor system_actor(std::string_view part) { return {"system", "system:" + std::string(part), {}, {}}; }

AuditEvent told_policy(std::string_view action, const Policy& policy, const Actor& actor) {
  auto told = event("control.policy", action, AuditOutcome::kSuccess, actor, "policy", policy.id.value);
  const std::string_view verb = action == "create" ? "created" : action == "delete" ? "deleted" : "replaced";
  told.summary = "Policy " + quoted(policy.handle) + " for " + policy.pattern + " was " + std::string(verb) + ".";
  JsonWriter json(told.metadata);
  json.begin_object();
  json.key("handle").string(policy.handle);
  json.key("actionPattern").string(policy.pattern);
  json.key("requiresApproval").boolean(policy.requires_approval);
  json.key("enabled").boolean(policy.enabled);
  json.key("riskLevel").string(name(policy.risk));
  json.end_object();
  return told;
}

AuditEvent told_boundary(std::string_view action, const Boundary& boundary, const Actor& actor) {
  auto told = event("control.boundary", action, AuditOutcome::kSuccess, actor, "boundary", boundary.id.value);
  told.summary = "Boundary " + quoted(boundary.handle) + ": " + std::string(action) + ".";
  JsonWriter json(told.metadata);
  const auto numbers = [&json](std::string_view key, const auto& all) {
    json.key(key).begin_array();
    for (const auto one : all) json.number_u64(static_cast<std::uint64_t>(one));
    json.end_array();
  };
  json.begin_object();
  json.key("handle").string(boundary.handle);
  numbers("allowedEntryIds", boundary.entries);
  numbers("allowedSiteIds", boundary.sites);
  numbers("assignedCredentialIds", boundary.credentials);
  json.end_object();
  return told;
}

AuditEvent told_request(const Approval& approval, const std::string& policy_handle, const Actor& actor) {
  auto told = event("control.approval", "request", AuditOutcome::kInfo, actor, "approval", approval.id.value);
  told.summary = quoted(approval.action) + ": an approval was asked for.";
  JsonWriter json(told.metadata);
  json.begin_object();
  json.key("actionType").string(approval.action);
  json.key("actionRef");
  text_or_null(json, approval.action_ref);
  json.key("idempotencyKey").string(approval.idempotency_key);
  write_assurance(json, approval.assurance);
  json.key("assuranceActiveCpUserCount").number_u64(approval.assurance.operators);
  json.key("policyHandle").string(policy_handle);
  json.key("slaDueAt");
  text_or_null(json, approval.due ? engine::rfc3339(*approval.due) : std::string());
  json.key("escalateAfterMinutes");
  minutes_or_null(json, approval.escalate_minutes);
  json.key("expireAfterMinutes");
  minutes_or_null(json, approval.expire_minutes);
  json.end_object();
  return told;
}

AuditEvent told_decision(const Approval& approval, Transition::Kind kind, const Ruling& ruling, const Actor& actor) {
  const bool rejected = kind == Transition::Kind::kRejected, first = kind == Transition::Kind::kFirst;
  auto told = event("control.approval", "decision",
                    rejected ? AuditOutcome::kWarning
                    : first  ? AuditOutcome::kInfo
                             : AuditOutcome::kSuccess,
                    actor, "approval", approval.id.value);
  told.summary = "Approval " + quoted(std::to_string(approval.id.value));
  told.summary += rejected ? " was rejected." : first ? " has its first consent; a second person must follow." : " was given.";
  JsonWriter json(told.metadata);
  json.begin_object();
  json.key("decision").string(name(rejected ? Choice::kReject : Choice::kApprove));
  json.key("decisionReason");
  text_or_null(json, ruling.reason);
  write_assurance(json, approval.assurance);
  if (first) json.key("stage").string("first-approval");
  if (approval.second) json.key("stage").string("second-approval");
  json.end_object();
  return told;
}

AuditEvent told_refused_decision(const Approval& approval, Choice choice, std::string_view why, const Actor& actor) {
  auto told = event("control.approval", "decision-denied", AuditOutcome::kWarning, actor, "approval", approval.id.value);
  told.summary = "Decision on approval " + quoted(std::to_string(approval.id.value)) + " denied.";
  JsonWriter(told.metadata)
      .begin_object()
      .key("decision")
      .string(name(choice))
      .key("error")
      .string(why)
      .key("status")
      .string(name(approval.status))
      .end_object();
  return told;
}

AuditEvent told_time_passed(const Approval& approval, TimePassed what) {
  const bool expired = what == TimePassed::kExpires;
  auto told = event("control.approval", expired ? "auto-expire" : "auto-escalate", AuditOutcome::kWarning, system_actor("sla"), "approval", approval.id.value);
  told.summary = "Approval " + quoted(std::to_string(approval.id.value)) + (expired ? " expired undecided." : " waits too long; escalated.");
  JsonWriter json(told.metadata);
  json.begin_object().key("actionType").string(approval.action).key("escalateAfterMinutes");
  minutes_or_null(json, approval.escalate_minutes);
  json.key("expireAfterMinutes");
  minutes_or_null(json, approval.expire_minutes);
  json.end_object();
  return told;
}

AuditEvent told_execution(const Execution& execution, const Actor& actor) {
  const auto outcome = execution.status == ExecutionStatus::kSucceeded ? AuditOutcome::kSuccess : AuditOutcome::kWarning;
  auto told = event("control.execution", "execute", outcome, actor, "execution", execution.id.value);
  told.summary = "Key " + quoted(execution.idempotency_key) + ", action " + quoted(execution.action) + ": " + std::string(name(execution.status)) + ".";
  JsonWriter json(told.metadata);
  json.begin_object();
  json.key("actionType").string(execution.action);
  json.key("actionRef");
  text_or_null(json, execution.action_ref);
  json.key("status").string(name(execution.status));
  json.key("policyHandle").string(execution.policy_handle);
  json.key("approvalId");
  execution.approval ? json.number_u64(execution.approval->value) : json.null();
  json.key("requiredScope").string(execution.required_scope);
  json.key("error");
  text_or_null(json, execution.problem());
  if (execution.objection != Objection::kNone) json.key("reasonCode").string(reason_code(execution.objection));
  json.end_object();
  return told;
}

AuditEvent told_handoff(const Execution& execution) {
  const bool delivered = execution.handoff.state == HandoffState::kDelivered;
  auto told = event("control.execution", "handoff", delivered ? AuditOutcome::kSuccess : AuditOutcome::kWarning, system_actor("handoff"), "execution",
                    execution.id.value);
  told.summary = "Execution " + quoted(std::to_string(execution.id.value)) + (delivered ? " was handed over." : " could not be handed over.");
  JsonWriter json(told.metadata);
  json.begin_object();
  json.key("actionType").string(execution.action);
  json.key("status").string(name(execution.handoff.state));
  json.key("attempts").number(execution.handoff.attempts);
  json.key("error");
  text_or_null(json, execution.handoff.last_error);
  json.end_object();
  return told;
}

}  // namespace trust
