#include <algorithm>

#include "access/control/control_events.h"
#include "access/control/control_keys.h"
#include "access/control/control_plane.h"
#include "access/control/control_rows.h"
#include "access/control/request_digest.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {

Execution drafted(ExecuteRequest request, std::string action, const Party& requester, const ResolvedPolicy& policy, WallTime now) {
  Execution execution;
  execution.request = request_digest(action, request);
  execution.action = std::move(action);
  execution.action_ref = std::move(request.action_ref);
  execution.requested_by = requester;
  execution.required_scope = policy.required_scope;
  execution.idempotency_key = std::move(request.idempotency_key);
  execution.payload = std::move(request.payload.json);
  execution.target = request.payload.target;
  execution.policy_handle = policy.policy.handle;
  execution.risk = policy.policy.risk;
  execution.requires_approval = policy.policy.requires_approval;
  execution.created = execution.updated = now;
  return execution;
}

std::string said(Objection objection, const BoundaryVerdict& boundary, bool unknown_approval) {
  if (objection == Objection::kOutsideBoundary) return boundary.refusal->problem;
  const bool lacking = objection == Objection::kApprovalRequired || objection == Objection::kApprovalForced;
  return lacking && unknown_approval ? "The approval named here does not exist." : std::string(message(objection));
}

std::string approval_status(const std::optional<Approval>& linked, bool needed, WallTime now) {
  if (!needed) return "not_required";
  return linked ? std::string(name(status_at(*linked, now))) : "required";
}

}  // namespace

Result<ControlPlane::Judgement> ControlPlane::judge(const ExecuteRequest& request, const std::string& action, const Who& who) const {
  Judgement judged;
  judged.policy = trust::resolve(policies_, action);
  const Attempt attempt{action, who.requester, who.subject.value_or(subject_digest(request.action_ref, request.payload.canonical)), who.force_approval};
  judged.approval_needed = needs_approval(judged.policy, attempt);
  if (request.approval && judged.approval_needed) {
    auto found = approval(*request.approval);
    if (!found) return found.take_error();
    judged.linked = std::move(*found);
  }
  // Whoever asked for the consent is bound by their own boundaries, also where somebody else carries it out.
  const auto managed = judged.linked && judged.linked->requester_managed ? judged.linked->requester_managed : who.managed;
  judged.boundary = check_boundaries(boundaries_, managed, action, request.payload.target);
  judged.objections = objections(judged.policy, attempt, judged.linked ? &*judged.linked : nullptr, judged.boundary.refusal.has_value(), now());
  return judged;
}

Result<Executed> ControlPlane::execute(ExecuteRequest request, const Caller& caller, const std::function<bool(std::string_view)>& holds) {
  const Party requester{caller.actor.type, caller.actor.id};
  const std::lock_guard changing(changing_);
  return execute_for(std::move(request), {caller.actor, requester, requester, caller.managed, caller.force_approval, std::nullopt}, holds);
}

Result<Executed> ControlPlane::execute_approved(ApprovalId id, const Actor& actor) {
  const std::lock_guard changing(changing_);
  auto found = approval(id);
  if (!found) return found.take_error();
  if (!*found) return engine::fail(Errc::kNotFound, "Approval not found.");
  auto& approved = **found;
  // Refused rather than recorded as blocked: its one key must stay free for when it is approved.
  if (approved.status != ApprovalStatus::kApproved)
    return engine::fail(Errc::kConflict, "The approval is `" + std::string(name(approved.status)) + "`; only an approved one is carried out.");
  ExecuteRequest request{approved.action, approved.action_ref, "approval-" + std::to_string(id.value) + "-exec-v1", id, {}};
  request.payload.json = request.payload.canonical = approved.payload;
  request.payload.target = approved.target;
  const Who who{actor, approved.requested_by, {"approval", std::to_string(id.value)}, approved.requester_managed, true, approved.subject};  // `true`: what runs an approval spends it, whatever its policy asks for
  return execute_for(std::move(request), who, [](std::string_view) { return true; });
}

Result<Executed> ControlPlane::execute_for(ExecuteRequest request, const Who& who, const std::function<bool(std::string_view)>& holds) {
  auto action = normal_action(request.action);
  if (action.empty()) return engine::fail(Errc::kMalformed, "`actionType` is required.");
  if (auto problem = beyond_bounds(action, request.action_ref, request.payload.json)) return engine::fail(Errc::kMalformed, std::move(*problem));
  if (auto scope = trust::resolve(policies_, action).required_scope; !holds(scope)) return engine::fail(Errc::kDenied, std::move(scope));
  auto key = normal_idempotency_key(request.idempotency_key);
  if (!key) return key.take_error();
  if (key->empty()) return engine::fail(Errc::kMalformed, "`idempotencyKey` is required to execute.");
  request.idempotency_key = std::move(*key);
  auto known = known_key(kExecutionKeys, who.key_owner, request.idempotency_key);
  if (!known) return known.take_error();
  if (*known) {
    auto stored = execution(ExecutionId{**known});
    if (!stored) return stored.take_error();
    if (!*stored) return engine::fail(Errc::kMalformed, "the execution of a known idempotency key is not there");
    return replayed(std::move(**stored), request_digest(action, request), trust::resolve(policies_, action));
  }
  auto judged = judge(request, action, who);
  if (!judged) return judged.take_error();
  auto problem = std::move(request.payload.problem);
  auto execution = drafted(std::move(request), std::move(action), {who.actor.type, who.actor.id}, judged->policy, now());
  if (judged->linked) execution.approval = judged->linked->id;
  if (!judged->objections.empty()) {
    if (auto blocked = block(execution, *judged, who); !blocked) return blocked.take_error();
    return Executed{std::move(execution), std::move(judged->policy), false};
  }
  if (!problem.empty()) return engine::fail(Errc::kMalformed, std::move(problem));
  if (is_handed_on(execution.action) && handoffs_.size() >= kMostHandoffs)
    return engine::fail(Errc::kFull, "Too many decisions wait to be handed over; retry later.");
  execution.id = ExecutionId{numbers_.execution};
  if (auto claimed = claim(execution, *judged, who); !claimed) return claimed.take_error();
  if (auto finished = finish(execution, who.actor); !finished) return finished.take_error();
  return Executed{std::move(execution), std::move(judged->policy), false};
}

// What was under way when its end could not be written is ended now.
Result<Executed> ControlPlane::replayed(Execution known, const RequestDigest& sent, ResolvedPolicy policy) {
  if (known.request != sent) return engine::fail(Errc::kConflict, "This idempotency key was used with another request; use a new key.");
  if (known.status == ExecutionStatus::kPending) {
    if (auto ended = finish(known, system_actor("recovery")); !ended) return ended.take_error();
  }
  return Executed{std::move(known), std::move(policy), true};
}

Result<void> ControlPlane::block(Execution& execution, const Judgement& judged, const Who& who) {
  auto numbers = numbers_;
  execution.id = ExecutionId{numbers.execution++};
  ++numbers.blocked;
  execution.status = ExecutionStatus::kBlocked;
  execution.objection = judged.objections.front();
  if (execution.objection == Objection::kOutsideBoundary) execution.outside = judged.boundary.refusal;
  execution.executed = execution.created;
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kExecutionRow, execution.id.value), encode_execution(execution));
  batch.put(rows_, idempotency_row(kExecutionKeys, who.key_owner, execution.idempotency_key), numbered_key({}, execution.id.value));
  if (judged.linked && judged.linked->requested_by == who.requester) {
    if (auto staged = stage_draft(batch, execution); !staged) return staged;
  }
  if (auto kept = commit(batch, told_execution(execution, who.actor), numbers); !kept) return kept;
  publish_counts();
  if (trouble_told_) trouble_told_(execution);
  return engine::ok();
}

// The key and the approval are taken before anything happens. Not audited by itself: its end is, and open() sees to that.
Result<void> ControlPlane::claim(const Execution& execution, const Judgement& judged, const Who& who) {
  auto numbers = numbers_;
  ++numbers.execution;
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kExecutionRow, execution.id.value), encode_execution(execution));
  batch.put(rows_, idempotency_row(kExecutionKeys, who.key_owner, execution.idempotency_key), numbered_key({}, execution.id.value));
  batch.put(rows_, numbered_key(kClaimMark, execution.id.value), {});
  if (judged.linked) {
    auto spent = *judged.linked;
    spent.spent_by = execution.id;
    spent.updated = execution.created;
    batch.put(rows_, numbered_key(kApprovalRow, spent.id.value), encode_approval(spent));
  }
  stage_numbers(batch, numbers);
  if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written;
  numbers_ = numbers;
  return engine::ok();
}

Result<void> ControlPlane::finish(Execution& execution, const Actor& actor) {
  auto ended = execution;
  const auto acted = options_.act(ended);
  ended.status = acted ? ExecutionStatus::kSucceeded : ExecutionStatus::kFailed;
  if (!acted) ended.error = acted.error().detail;
  ended.executed = ended.updated = now();
  engine::store::Batch batch;
  if (acted && is_handed_on(ended.action)) {
    ended.handoff.state = HandoffState::kQueued;
    ended.handoff.not_before = ended.updated;
    batch.put(rows_, numbered_key(kHandoffMark, ended.id.value), {});
  }
  batch.put(rows_, numbered_key(kExecutionRow, ended.id.value), encode_execution(ended));
  batch.erase(rows_, numbered_key(kClaimMark, ended.id.value));
  if (auto staged = stage_draft(batch, ended); !staged) return staged;
  auto numbers = numbers_;
  if (acted) ++numbers.succeeded;
  if (auto kept = commit(batch, told_execution(ended, actor), numbers); !kept) return kept;
  execution = std::move(ended);
  const bool queued = execution.handoff.state == HandoffState::kQueued;
  if (queued) handoffs_[execution.id] = execution.handoff.not_before;
  publish_counts();
  if (queued && queued_) queued_();
  if (!acted && trouble_told_) trouble_told_(execution);
  return engine::ok();
}

// Contract 4.7: how a draft update went is shown with its approval.
Result<void> ControlPlane::stage_draft(engine::store::Batch& batch, const Execution& execution) const {
  if (execution.action != kDraftUpdate || !execution.approval) return engine::ok();
  auto found = approval(*execution.approval);
  if (!found) return found.take_error();
  if (!*found) return engine::ok();
  auto& shown = **found;
  shown.draft = DraftOutcome{execution.id, std::string(name(execution.status)), execution.problem(), execution.target, *execution.executed};
  shown.updated = *execution.executed;
  batch.put(rows_, numbered_key(kApprovalRow, shown.id.value), encode_approval(shown));
  return engine::ok();
}

Result<Simulation> ControlPlane::simulate(const ExecuteRequest& request, const Caller& caller) const {
  Simulation simulation;
  simulation.action = normal_action(request.action);
  if (simulation.action.empty()) return engine::fail(Errc::kMalformed, "`actionType` is required.");
  if (auto problem = beyond_bounds(simulation.action, request.action_ref, request.payload.json)) return engine::fail(Errc::kMalformed, std::move(*problem));
  const Party requester{caller.actor.type, caller.actor.id};
  const std::lock_guard lock(changing_);
  auto judged = judge(request, simulation.action, {caller.actor, requester, requester, caller.managed, caller.force_approval, std::nullopt});
  if (!judged) return judged.take_error();
  const auto& problem = request.payload.problem;
  const bool unknown = request.approval && judged->approval_needed && !judged->linked;
  for (const auto objection : judged->objections) simulation.reasons.push_back(said(objection, judged->boundary, unknown));
  if (!problem.empty()) simulation.reasons.push_back(problem);
  simulation.allowed = simulation.reasons.empty();
  const bool missing = judged->approval_needed && !request.approval;
  simulation.only_approval_missing = missing && simulation.reasons.size() == 1;
  if (judged->linked && judged->linked->requested_by != requester) judged->linked.reset();  // nobody learns how another's stands
  simulation.approval_status = approval_status(judged->linked, judged->approval_needed, now());
  if (judged->linked) simulation.approval = judged->linked->id;
  simulation.policy = std::move(judged->policy);
  return simulation;
}

Result<std::optional<Execution>> ControlPlane::execution(ExecutionId id) const {
  return read_record<Execution>(store_, rows_, kExecutionRow, id, &decode_execution);
}

Result<std::vector<Execution>> ControlPlane::executions(const ExecutionFilter& filter, std::size_t limit) const {
  const auto action = normal_action(filter.action);
  return newest_records<Execution>(store_, rows_, kExecutionRow, filter.before, limit, &decode_execution, [&](const Execution& one) {
    return (!filter.status || one.status == *filter.status) && (filter.action.empty() || one.action == action);
  });
}

}  // namespace trust
