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

std::optional<std::string> problem_of(const ApprovalRequest& request, const std::string& action) {
  if (action.empty()) return "`actionType` is required.";
  if (request.reason.size() > kReasonBytes) return "`reason` is too long; at most 4096 bytes.";
  if (request.metadata.size() > kMetadataBytes) return "`metadata` is too large; at most 16384 bytes of JSON are kept.";
  return beyond_bounds(action, request.action_ref, request.payload.json);
}

Approval drafted(ApprovalRequest request, std::string action, const Caller& caller, const Policy& policy, std::size_t operators, WallTime now) {
  Approval approval;
  approval.action = std::move(action);
  approval.requested_by = {caller.actor.type, caller.actor.id};
  approval.requester_managed = caller.managed;
  approval.target = request.payload.target;
  approval.subject = subject_digest(request.action_ref, request.payload.canonical);
  approval.assurance = assurance(policy, approval.action, request.payload.facts, operators, now);
  const auto& rules = policy.rules;
  if (rules.sla_minutes > 0) approval.due = now + std::chrono::minutes(rules.sla_minutes);
  approval.expire_minutes = rules.expire_minutes;
  approval.escalate_minutes = rules.expire_minutes > 0 ? std::min(rules.escalate_minutes, rules.expire_minutes) : rules.escalate_minutes;
  approval.action_ref = std::move(request.action_ref);
  approval.reason = std::move(request.reason);
  approval.payload = std::move(request.payload.json);
  approval.metadata = std::move(request.metadata);
  approval.created = approval.updated = now;
  return approval;
}

std::string why_denied(const Transition& transition) {
  switch (transition.kind) {
    case Transition::Kind::kSelf:
      return "Who asked for an approval cannot decide it.";
    case Transition::Kind::kSameApprover:
      return "The second approval must be another's than the first.";
    case Transition::Kind::kExpired:
      return "The approval expired before this decision; request a new one.";
    default:
      return "The approval is `" + std::string(name(transition.approval.status)) + "` already; decisions are final.";
  }
}

}  // namespace

Result<Answered<Approval>> ControlPlane::request(ApprovalRequest request, const Caller& caller) {
  auto action = normal_action(request.action);
  if (auto problem = problem_of(request, action)) return engine::fail(Errc::kMalformed, std::move(*problem));
  auto key = normal_idempotency_key(request.idempotency_key);
  if (!key) return key.take_error();
  const Party requester{caller.actor.type, caller.actor.id};
  const auto digest = request_digest(action, request);
  const std::lock_guard changing(changing_);
  if (!key->empty()) {
    auto known = known_key(kApprovalKeys, requester, *key);
    if (!known) return known.take_error();
    if (*known) {
      auto stored = approval(ApprovalId{**known});
      if (!stored) return stored.take_error();
      if (!*stored || (*stored)->request != digest) return engine::fail(Errc::kConflict, "This idempotency key was used with another request; use a new key.");
      return Answered<Approval>{std::move(**stored), true};
    }
  }
  auto verdict = check_boundaries(boundaries_, caller.managed, action, request.payload.target);
  if (verdict.refusal) return engine::fail(Errc::kMalformed, verdict.refusal->problem);
  if (pending_.size() >= kMostPending) return engine::fail(Errc::kConflict, "Too many approvals are pending; some must be decided or expire first.");
  const auto own = std::count_if(pending_.begin(), pending_.end(), [&](const auto& entry) { return entry.second.requester == requester; });
  if (static_cast<std::size_t>(own) >= kMostPendingOfOne)
    return engine::fail(Errc::kConflict, "Too many approvals of this account are pending; some must be decided or expire first.");
  const auto policy = trust::resolve(policies_, action);
  auto approval = drafted(std::move(request), std::move(action), caller, policy.policy, options_.operators(), now());
  approval.idempotency_key = std::move(*key);
  approval.request = digest;
  approval.boundaries = std::move(verdict.by);
  auto kept = keep_new(std::move(approval), policy, caller.actor);
  if (!kept) return kept.take_error();
  return Answered<Approval>{std::move(*kept), false};
}

Result<Approval> ControlPlane::keep_new(Approval approval, const ResolvedPolicy& policy, const Actor& actor) {
  auto numbers = numbers_;
  approval.id = ApprovalId{numbers.approval++};
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kApprovalRow, approval.id.value), encode_approval(approval));
  batch.put(rows_, numbered_key(kPendingMark, approval.id.value), {});
  if (!approval.idempotency_key.empty()) {
    batch.put(rows_, idempotency_row(kApprovalKeys, approval.requested_by, approval.idempotency_key), numbered_key({}, approval.id.value));
  }
  if (auto kept = commit(batch, told_request(approval, policy.policy.handle, actor), numbers); !kept) return kept.take_error();
  pending_.emplace(approval.id, Waiting{approval.requested_by, next_event(approval)});
  publish_counts();
  if (approval_told_) approval_told_(approval);
  return approval;
}

// Writes an approval that has changed, with what was said about it.
Result<void> ControlPlane::keep_transition(const Approval& approval, AuditEvent event) {
  auto numbers = numbers_;
  if (approval.status == ApprovalStatus::kExpired) ++numbers.expired;
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kApprovalRow, approval.id.value), encode_approval(approval));
  const bool closed = approval.status != ApprovalStatus::kPending;
  if (closed) batch.erase(rows_, numbered_key(kPendingMark, approval.id.value));
  if (auto kept = commit(batch, std::move(event), numbers); !kept) return kept;
  if (closed) {
    pending_.erase(approval.id);
  } else if (const auto waiting = pending_.find(approval.id); waiting != pending_.end()) {
    waiting->second.next = next_event(approval);
  }
  publish_counts();
  if (closed && approval_told_) approval_told_(approval);
  return engine::ok();
}

Result<Approval> ControlPlane::deny(const Approval& approval, Choice choice, std::string why, const Actor& actor) {
  if (auto told = audit_.append(told_refused_decision(approval, choice, why, actor)); !told) return told.take_error();
  return engine::fail(Errc::kConflict, std::move(why));
}

Result<Approval> ControlPlane::decide(ApprovalId id, Choice choice, std::string reason, const Actor& actor) {
  if (reason.size() > kReasonBytes) return engine::fail(Errc::kMalformed, "`decisionReason` is too long; at most 4096 bytes.");
  const std::lock_guard changing(changing_);
  auto stored = approval(id);
  if (!stored) return stored.take_error();
  if (!*stored) return engine::fail(Errc::kNotFound, "Approval not found.");
  Ruling ruling{{actor.type, actor.id}, std::move(reason), now()};
  auto done = trust::decide(std::move(**stored), choice, ruling);
  switch (done.kind) {
    case Transition::Kind::kFirst:
    case Transition::Kind::kApproved:
    case Transition::Kind::kRejected:
      break;
    case Transition::Kind::kExpired:
      if (auto kept = keep_transition(done.approval, told_time_passed(done.approval, TimePassed::kExpires)); !kept) return kept.take_error();
      [[fallthrough]];
    default:
      return deny(done.approval, choice, why_denied(done), actor);
  }
  if (auto kept = keep_transition(done.approval, told_decision(done.approval, done.kind, ruling, actor)); !kept) return kept.take_error();
  return std::move(done.approval);
}

Result<void> ControlPlane::pass_time(ApprovalId id, WallTime now, std::size_t& changed) {
  auto stored = approval(id);
  if (!stored) return stored.take_error();
  if (!*stored) return engine::ok();
  auto& approval = **stored;
  const auto what = time_passed(approval, now);
  if (what == TimePassed::kNothing) return engine::ok();
  if (what == TimePassed::kExpires) approval.status = ApprovalStatus::kExpired;
  (what == TimePassed::kExpires ? approval.expired_at : approval.escalated_at) = now;
  approval.updated = now;
  ++changed;
  return keep_transition(approval, told_time_passed(approval, what));
}

Result<std::size_t> ControlPlane::sweep() {
  const std::lock_guard changing(changing_);
  const auto at = now();
  std::vector<ApprovalId> due;
  for (const auto& [id, waiting] : pending_) {
    if (waiting.next && *waiting.next <= at) due.push_back(id);
  }
  std::size_t changed = 0;
  for (const auto id : due) {
    if (auto passed = pass_time(id, at, changed); !passed) return passed.take_error();
  }
  return changed;
}

Result<std::optional<Approval>> ControlPlane::approval(ApprovalId id) const { return read_record<Approval>(store_, rows_, kApprovalRow, id, &decode_approval); }

Result<std::vector<Approval>> ControlPlane::approvals(const ApprovalFilter& filter, std::size_t limit) const {
  const auto action = normal_action(filter.action);
  return newest_records<Approval>(store_, rows_, kApprovalRow, filter.before, limit, &decode_approval, [&](const Approval& one) {
    return (!filter.status || one.status == *filter.status) && (filter.action.empty() || one.action == action);
  });
}

}  // namespace trust
