#include "access/control/approval.h"

#include <algorithm>

#include "engine/net/validation.h"

namespace trust {
namespace {

constexpr std::array<std::string_view, 4> kStatuses{"pending", "approved", "rejected", "expired"};
constexpr std::array<std::string_view, 3> kModes{"single_approval", "dual_control", "single_operator_degraded"};
constexpr std::chrono::seconds kSoon{300};

bool needs_two(const Policy& policy, std::string_view action, const ActionFacts& facts) {
  const auto& rules = policy.rules;
  if (policy.risk >= RiskLevel::kHigh || rules.two_people) return true;
  if (rules.dual_min_amount && facts.amount && *facts.amount >= *rules.dual_min_amount) return true;
  const auto& categories = rules.dual_categories;
  if (!facts.category.empty() && std::find(categories.begin(), categories.end(), facts.category) != categories.end()) return true;
  return std::any_of(rules.dual_patterns.begin(), rules.dual_patterns.end(), [&](const std::string& pattern) { return matches(pattern, action); });
}

std::optional<WallTime> after(const Approval& approval, std::uint32_t minutes) {
  return minutes > 0 ? std::optional(approval.created + std::chrono::minutes(minutes)) : std::nullopt;
}

Transition consent(Approval approval, Ruling ruling) {
  if (approval.first && approval.first->by == ruling.by) return {Transition::Kind::kSameApprover, std::move(approval)};
  (approval.first ? approval.second : approval.first) = std::move(ruling);
  const bool complete = approval.second || approval.assurance.required < 2;
  if (complete) approval.status = ApprovalStatus::kApproved;
  return {complete ? Transition::Kind::kApproved : Transition::Kind::kFirst, std::move(approval)};
}

}  // namespace

std::string_view name(ApprovalStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

std::optional<ApprovalStatus> parse_approval_status(std::string_view text) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end(), engine::net::ascii_lower(engine::net::trimmed(text)));
  if (found == kStatuses.end()) return std::nullopt;
  return static_cast<ApprovalStatus>(found - kStatuses.begin());
}

std::string_view name(AssuranceMode mode) { return kModes[static_cast<std::size_t>(mode)]; }

Assurance assurance(const Policy& policy, std::string_view action, const ActionFacts& facts, std::size_t operators, WallTime now) {
  Assurance settled;
  settled.operators = operators;
  settled.evaluated = now;
  if (!needs_two(policy, action, facts)) return settled;
  settled.required = operators < 2 ? 1 : 2;
  settled.mode = operators < 2 ? AssuranceMode::kDegraded : AssuranceMode::kDual;
  return settled;
}

int Approval::count() const {
  if (status == ApprovalStatus::kRejected) return 1;
  return int(first.has_value()) + int(second.has_value());
}

int Approval::remaining() const { return std::max(0, int(assurance.required) - count()); }

TimePassed time_passed(const Approval& approval, WallTime now) {
  if (approval.status != ApprovalStatus::kPending) return TimePassed::kNothing;
  const auto expires = after(approval, approval.expire_minutes), escalates = after(approval, approval.escalate_minutes);
  if (expires && now >= *expires) return TimePassed::kExpires;
  if (!approval.escalated_at && escalates && now >= *escalates) return TimePassed::kEscalates;
  return TimePassed::kNothing;
}

std::optional<WallTime> next_event(const Approval& approval) {
  if (approval.status != ApprovalStatus::kPending) return std::nullopt;
  const auto expires = after(approval, approval.expire_minutes), escalates = after(approval, approval.escalate_minutes);
  if (approval.escalated_at || !escalates) return expires;
  return expires ? std::min(*expires, *escalates) : *escalates;
}

ApprovalStatus status_at(const Approval& approval, WallTime now) {
  return time_passed(approval, now) == TimePassed::kExpires ? ApprovalStatus::kExpired : approval.status;
}

Transition decide(Approval approval, Choice choice, Ruling ruling) {
  if (approval.status != ApprovalStatus::kPending) return {Transition::Kind::kClosed, std::move(approval)};
  const auto now = ruling.at;
  if (time_passed(approval, now) == TimePassed::kExpires) {
    approval.status = ApprovalStatus::kExpired;
    approval.expired_at = approval.updated = now;
    return {Transition::Kind::kExpired, std::move(approval)};
  }
  // Too few operators lets an operator decide what the same one asked for; it never lets a machine consent to itself.
  const bool alone = approval.assurance.mode == AssuranceMode::kDegraded && ruling.by.type == "cp-user";
  if (ruling.by == approval.requested_by && !alone) return {Transition::Kind::kSelf, std::move(approval)};
  if (choice == Choice::kReject) {
    approval.status = ApprovalStatus::kRejected;
    approval.rejection = std::move(ruling);
    approval.updated = now;
    return {Transition::Kind::kRejected, std::move(approval)};
  }
  auto given = consent(std::move(approval), std::move(ruling));
  if (given.kind != Transition::Kind::kSameApprover) given.approval.updated = now;
  return given;
}

std::string_view sla_state(const Approval& approval, WallTime now) {
  if (status_at(approval, now) == ApprovalStatus::kExpired) return "expired";
  if (approval.status != ApprovalStatus::kPending) return "completed";
  if (approval.escalated_at) return "escalated";
  if (!approval.due) return "none";
  if (now > *approval.due) return "overdue";
  return *approval.due - now <= kSoon ? "due_soon" : "on_time";
}

std::optional<std::int64_t> sla_seconds_remaining(const Approval& approval, WallTime now) {
  if (!approval.due) return std::nullopt;
  return engine::unix_seconds(*approval.due) - engine::unix_seconds(now);
}

}  // namespace trust
