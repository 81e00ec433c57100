#pragma once
// One attempt to carry out a governed action: what speaks against it, and what becomes of it (contract craft-agents-governance 4.7, 4.8). Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/control/approval.h"
#include "access/control/boundary.h"

namespace trust {

enum class ExecutionStatus : std::uint8_t {
  kPending,  ///< claimed; what it does is under way, or was when the process ended
  kBlocked,
  kSucceeded,
  kFailed,
};
/// "pending", "blocked", "succeeded", "failed".
std::string_view name(ExecutionStatus status);
std::optional<ExecutionStatus> parse_execution_status(std::string_view text);  ///< in any case

/// What may speak against an execution, in the order in which it is looked at.
enum class Objection : std::uint8_t {
  kNone,
  kPolicyDisabled,
  kApprovalRequired,
  kApprovalForced,  ///< the policy does not ask for one, the account does
  kApprovalExpired,
  kApprovalPending,  ///< or rejected
  kOtherAction,
  kOtherRequester,
  kOtherSubject,  ///< another reference or payload than was approved
  kSpent,
  kOutsideBoundary,
};
/// `reasonCode`: "policy_disabled", "approval_required" (both of its kinds), "approval_expired", "approval_not_approved", "approval_action_mismatch",
/// "approval_requester_mismatch", "approval_payload_mismatch", "approval_already_used", "target_set_violation"; empty for kNone.
std::string_view reason_code(Objection objection);
/// For people.
std::string_view message(Objection objection);

/// What is to be done, by whom.
struct Attempt {
  std::string_view action;  ///< normal
  Party requester;
  RequestDigest subject{};
  bool force_approval = false;  ///< of the account: not without an approval
};

/// Everything that speaks against it, in order; empty: it may be done. `linked`: the approval that was named and exists. `outside`: a boundary refuses it.
std::vector<Objection> objections(const ResolvedPolicy& policy, const Attempt& attempt, const Approval* linked, bool outside, WallTime now);
/// Does the policy or the account ask for an approval?
bool needs_approval(const ResolvedPolicy& policy, const Attempt& attempt);

enum class HandoffState : std::uint8_t { kNone, kQueued, kDelivered, kFailed };
/// "none", "queued", "delivered", "failed".
std::string_view name(HandoffState state);

/// Whether the decision has reached who acts on it.
struct Handoff {
  HandoffState state = HandoffState::kNone;
  std::uint32_t attempts = 0;
  std::string last_error{};
  WallTime not_before{};  ///< of the next attempt
  friend bool operator==(const Handoff&, const Handoff&) = default;
};

/// The stored record. Times are whole seconds.
struct Execution {
  ExecutionId id{};
  std::string action{};  ///< normal
  std::string action_ref{};
  ExecutionStatus status = ExecutionStatus::kPending;
  Party requested_by{};
  std::string required_scope{};
  std::optional<ApprovalId> approval{};
  std::string idempotency_key{};
  std::string payload = "{}";  ///< a finished JSON object
  RequestDigest request{};     ///< of the whole request, for its idempotency key
  Objection objection = Objection::kNone;
  std::optional<BoundaryRefusal> outside{};
  DraftTarget target{};
  std::string error{};          ///< of a failed one
  std::string policy_handle{};  ///< as it was then
  RiskLevel risk = RiskLevel::kMedium;
  bool requires_approval = true;
  Handoff handoff{};
  std::optional<WallTime> executed{};
  WallTime created{}, updated{};
  friend bool operator==(const Execution&, const Execution&) = default;

  /// Why it did not succeed, for people; empty: it did, or is pending.
  std::string problem() const;
};

/// Value on disk.
std::string encode_execution(const Execution& execution);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<Execution> decode_execution(ExecutionId id, std::string_view value);

}  // namespace trust
