#pragma once
// Every key of family `control`. Numbers are big-endian (access/key_schema.h).
//
//   key                               value                             read by
//   "p" | id:u64                      policy (policy.h)                 ControlPlane::open
//   "b" | id:u64                      boundary (boundary.h)             ControlPlane::open
//   "a" | id:u64                      approval (approval.h)             by id, and listings
//   "e" | id:u64                      execution (execution.h)           by id, and listings
//   "ka", "ke" | type | 0 | id | 0 | key   id:u64                       the approval or execution of an owner's idempotency key
//   "n"                               next ids and totals               ControlPlane::open
//   "o" | id:u64                      empty: an execution was claimed and has not ended
//   "w" | id:u64                      empty: an approval is pending
//   "h" | id:u64                      empty: an execution's decision is not handed over yet
//
// Layouts are on disk: add a tag or a version, never reuse one.

#include <string>
#include <string_view>

#include "access/control/approval.h"
#include "access/key_schema.h"

namespace trust {

inline constexpr std::string_view kPolicyRow = "p", kBoundaryRow = "b", kApprovalRow = "a", kExecutionRow = "e";
inline constexpr std::string_view kNumbersRow = "n", kClaimMark = "o", kPendingMark = "w", kHandoffMark = "h";
inline constexpr char kApprovalKeys = 'a', kExecutionKeys = 'e';

/// Neither types nor ids of parties hold a zero byte.
inline std::string idempotency_row(char kind, const Party& owner, std::string_view key) {
  std::string row{'k', kind};
  return row.append(owner.type).append(1, '\0').append(owner.id).append(1, '\0').append(key);
}

}  // namespace trust
