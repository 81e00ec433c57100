#pragma once
// One request for people's consent, and what becomes of it (contract craft-agents-governance 4.4 to 4.6). Everything here is pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/control/policy.h"
#include "access/managed_credential.h"

namespace trust {

using ApprovalId = engine::StrongId<struct ApprovalIdTag>;
using ExecutionId = engine::StrongId<struct ExecutionIdTag>;
/// SHA-256 over a canonical form: says whether two requests ask for the same.
using RequestDigest = std::array<unsigned char, 32>;

enum class ApprovalStatus : std::uint8_t { kPending, kApproved, kRejected, kExpired };
/// "pending", "approved", "rejected", "expired".
std::string_view name(ApprovalStatus status);
std::optional<ApprovalStatus> parse_approval_status(std::string_view text);  ///< in any case

/// Somebody who asks or decides. Two of different type are different whatever their ids.
struct Party {
  std::string type{};  ///< as Actor::type
  std::string id{};
  friend bool operator==(const Party&, const Party&) = default;
};

/// One person's word.
struct Ruling {
  Party by;
  std::string reason{};  ///< empty: none given
  WallTime at{};
  friend bool operator==(const Ruling&, const Ruling&) = default;
};

/// What of a payload and its metadata bears on how many must consent.
struct ActionFacts {
  std::optional<double> amount{};
  std::string category{};  ///< lower case; empty: none
};

/// Where a draft update wants to write. Missing: not said, or not a positive whole number.
struct DraftTarget {
  std::optional<std::int64_t> entry{}, site{};
  friend bool operator==(const DraftTarget&, const DraftTarget&) = default;
};

/// A boundary that allowed something, as it was called then.
struct BoundaryMark {
  std::uint64_t id = 0;
  std::string handle{}, name{};
  friend bool operator==(const BoundaryMark&, const BoundaryMark&) = default;
};

enum class AssuranceMode : std::uint8_t { kSingle, kDual, kDegraded };
/// "single_approval", "dual_control", "single_operator_degraded".
std::string_view name(AssuranceMode mode);

/// How many must consent, settled when the request is made and not again.
struct Assurance {
  std::uint8_t required = 1;
  AssuranceMode mode = AssuranceMode::kSingle;
  std::uint64_t operators = 0;  ///< who could decide then
  WallTime evaluated{};
  friend bool operator==(const Assurance&, const Assurance&) = default;
};

/// Two where the policy's risk is high or critical, or its rules ask for it; then, with fewer than two operators, one in degraded mode.
Assurance assurance(const Policy& policy, std::string_view action, const ActionFacts& facts, std::size_t operators, WallTime now);

/// How the last draft update under an approval ended, for who looks at the approval.
struct DraftOutcome {
  ExecutionId execution{};
  std::string status{}, message{};
  DraftTarget target{};
  WallTime captured{};
  friend bool operator==(const DraftOutcome&, const DraftOutcome&) = default;
};

/// The stored record. Times are whole seconds.
struct Approval {
  ApprovalId id{};
  std::string action{};  ///< normal
  std::string action_ref{};
  ApprovalStatus status = ApprovalStatus::kPending;
  Party requested_by{};
  std::optional<ManagedId> requester_managed{};  ///< whose boundaries hold
  std::string reason{};
  std::string idempotency_key{};  ///< empty: none
  std::string payload = "{}";     ///< a finished JSON object
  std::string metadata = "{}";    ///< the requester's own
  DraftTarget target{};
  std::vector<BoundaryMark> boundaries{};  ///< those that allowed it; none: it was not bounded
  RequestDigest subject{};                 ///< of what would be executed: reference and payload
  RequestDigest request{};                 ///< of the whole request, for its idempotency key
  Assurance assurance{};
  std::optional<WallTime> due{};
  std::uint32_t escalate_minutes = 0, expire_minutes = 0;  ///< zero: never
  std::optional<Ruling> first{}, second{}, rejection{};
  std::optional<WallTime> escalated_at{}, expired_at{};
  std::optional<ExecutionId> spent_by{};  ///< an approval carries one execution
  std::optional<DraftOutcome> draft{};
  WallTime created{}, updated{};
  friend bool operator==(const Approval&, const Approval&) = default;

  int count() const;      ///< consents, contract 4.6: at most 1 when rejected
  int remaining() const;  ///< never negative
};

/// Value on disk.
std::string encode_approval(const Approval& approval);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<Approval> decode_approval(ApprovalId id, std::string_view value);

/// What time alone makes of a pending one.
enum class TimePassed : std::uint8_t { kNothing, kEscalates, kExpires };
TimePassed time_passed(const Approval& approval, WallTime now);
/// When time_passed() will say so next; nullopt: never.
std::optional<WallTime> next_event(const Approval& approval);
/// The status it has now, whether somebody wrote that down or not.
ApprovalStatus status_at(const Approval& approval, WallTime now);

enum class Choice : std::uint8_t { kApprove, kReject };

/// What a decision does. Where it is refused, and where it changes nothing, the approval is as it was.
struct Transition {
  enum class Kind : std::uint8_t {
    kFirst,  ///< one of two consents; still pending
    kApproved,
    kRejected,
    kExpired,       ///< too late: the approval expires instead
    kClosed,        ///< it was decided or had expired before
    kSelf,          ///< who asks may not decide, except in degraded mode
    kSameApprover,  ///< the second consent must be another's
  };
  Kind kind = Kind::kClosed;
  Approval approval;
};
Transition decide(Approval approval, Choice choice, Ruling ruling);

/// "none", "on_time", "due_soon", "overdue", "escalated", "expired", "completed".
std::string_view sla_state(const Approval& approval, WallTime now);
/// May be negative; nullopt: nothing is due.
std::optional<std::int64_t> sla_seconds_remaining(const Approval& approval, WallTime now);

}  // namespace trust
