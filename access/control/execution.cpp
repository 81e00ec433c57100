#include "access/control/execution.h"

#include <algorithm>
#include <array>

#include "engine/net/validation.h"

namespace trust {
namespace {

constexpr std::array<std::string_view, 4> kStatuses{"pending", "blocked", "succeeded", "failed"};
constexpr std::array<std::string_view, 4> kHandoffs{"none", "queued", "delivered", "failed"};

struct Words {
  std::string_view code, message;
};
constexpr std::array<Words, 11> kObjections{{
    {"", ""},
    {"policy_disabled", "The policy that governs this action is disabled."},
    {"approval_required", "This action needs an approval first."},
    {"approval_required", "This account carries out nothing without an approval."},
    {"approval_expired", "The approval named here has expired."},
    {"approval_not_approved", "The approval named here is not given."},
    {"approval_action_mismatch", "The approval named here is for another action type."},
    {"approval_requester_mismatch", "The approval named here was requested by another account."},
    {"approval_payload_mismatch", "The approval named here is for another reference or payload."},
    {"approval_already_used", "The approval named here was used already; request a new one."},
    {"target_set_violation", "The target lies outside this account's boundaries."},
}};

void add_linked(std::vector<Objection>& found, const Attempt& attempt, const Approval& linked, WallTime now) {
  if (linked.requested_by != attempt.requester) return found.push_back(Objection::kOtherRequester);  // and how another's stands is nobody's business
  const auto status = status_at(linked, now);
  if (status == ApprovalStatus::kExpired) found.push_back(Objection::kApprovalExpired);
  if (status == ApprovalStatus::kPending || status == ApprovalStatus::kRejected) found.push_back(Objection::kApprovalPending);
  if (linked.action != attempt.action) found.push_back(Objection::kOtherAction);
  if (linked.subject != attempt.subject) found.push_back(Objection::kOtherSubject);
  if (linked.spent_by) found.push_back(Objection::kSpent);
}

}  // namespace

std::string_view name(ExecutionStatus status) { return kStatuses[static_cast<std::size_t>(status)]; }

std::optional<ExecutionStatus> parse_execution_status(std::string_view text) {
  const auto found = std::find(kStatuses.begin(), kStatuses.end(), engine::net::ascii_lower(engine::net::trimmed(text)));
  if (found == kStatuses.end()) return std::nullopt;
  return static_cast<ExecutionStatus>(found - kStatuses.begin());
}

std::string_view reason_code(Objection objection) { return kObjections[static_cast<std::size_t>(objection)].code; }
std::string_view message(Objection objection) { return kObjections[static_cast<std::size_t>(objection)].message; }
std::string_view name(HandoffState state) { return kHandoffs[static_cast<std::size_t>(state)]; }

bool needs_approval(const ResolvedPolicy& policy, const Attempt& attempt) { return policy.policy.requires_approval || attempt.force_approval; }

std::vector<Objection> objections(const ResolvedPolicy& policy, const Attempt& attempt, const Approval* linked, bool outside, WallTime now) {
  std::vector<Objection> found;
  if (!policy.policy.enabled) found.push_back(Objection::kPolicyDisabled);
  if (needs_approval(policy, attempt)) {
    if (linked) {
      add_linked(found, attempt, *linked, now);
    } else {
      found.push_back(policy.policy.requires_approval ? Objection::kApprovalRequired : Objection::kApprovalForced);
    }
  }
  if (outside) found.push_back(Objection::kOutsideBoundary);
  return found;
}

std::string Execution::problem() const {
  if (outside) return outside->problem;
  return status == ExecutionStatus::kFailed ? error : std::string(message(objection));
}

}  // namespace trust
