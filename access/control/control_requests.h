#pragma once
// What the control plane is asked, and what it answers.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit/audit_row.h"
#include "access/control/execution.h"

namespace trust {

inline constexpr std::size_t kPayloadBytes = 64 * 1024;   ///< of its JSON, at most
inline constexpr std::size_t kMetadataBytes = 16 * 1024;  ///< of a policy's `config`, too
inline constexpr std::size_t kReasonBytes = 4 * 1024;

/// Who calls, as the gate knows it.
struct Caller {
  Actor actor;
  std::optional<ManagedId> managed{};  ///< of a managed credential
  bool force_approval = false;         ///< Credential::force_human_approval
};

struct PolicyDraft {
  std::string handle, pattern;  ///< normalised here
  std::string display_name{};   ///< empty: the handle; cut to 255 bytes
  bool requires_approval = true, enabled = true;
  RiskLevel risk = RiskLevel::kMedium;
  std::string config = "{}";
  PolicyRules rules{};
};
struct UpsertedPolicy {
  Policy policy;
  bool created = false;
};

/// A payload as sent, with what of it bears on the decision. The room reads no JSON.
struct Payload {
  std::string json = "{}";       ///< as it will be shown and handed on
  std::string canonical = "{}";  ///< equal for equal objects, whatever the order of their members
  ActionFacts facts{};
  DraftTarget target{};
  std::string problem{};  ///< why it cannot be carried out; empty: it can
};

struct ApprovalRequest {
  std::string action;  ///< normalised here, like the key
  std::string action_ref{}, reason{};
  std::string idempotency_key{};                           ///< empty: none
  std::string metadata = "{}", canonical_metadata = "{}";  ///< without members whose names begin with "_agents"
  Payload payload{};
};

struct ExecuteRequest {
  std::string action;
  std::string action_ref{};
  std::string idempotency_key{};
  std::optional<ApprovalId> approval{};
  Payload payload{};
};

/// A record, and whether it was there already under the same key.
template <class Record>
struct Answered {
  Record record;
  bool replay = false;
};
struct Executed {
  Execution execution;
  ResolvedPolicy policy;
  bool replay = false;
};

struct Simulation {
  ResolvedPolicy policy;
  std::string action;
  std::optional<ApprovalId> approval{};  ///< only one that exists and is the caller's
  bool allowed = false;
  bool only_approval_missing = false;  ///< nothing else speaks against it
  std::string approval_status;         ///< "not_required", "required", or the approval's
  std::vector<std::string> reasons{};
};

template <class Status, class Id>
struct ControlFilter {
  std::optional<Status> status{};
  std::string action{};  ///< normalised here; empty: all
  Id before{};           ///< only smaller ids; zero: from the newest
};
using ApprovalFilter = ControlFilter<ApprovalStatus, ApprovalId>;
using ExecutionFilter = ControlFilter<ExecutionStatus, ExecutionId>;

struct BoundaryDraft {
  std::string handle;
  std::string name{}, description{};
  std::vector<std::string> action_types{std::string(kDraftUpdate)};
  std::vector<std::int64_t> entries{}, sites{};
  std::vector<ManagedId> credentials{};
};

struct ControlOptions {
  /// How many operators may decide approvals now; asked when a request is made (contract 4.6).
  std::function<std::size_t()> operators = [] { return std::size_t{0}; };
  /// Actions whose decisions are queued for hand-over; normal patterns. Empty: none, they are only recorded.
  std::vector<std::string> handoff_patterns{};
  /// What carrying out means besides: called between the claim of an execution and its end, again after a crash in between, so it must be repeatable. An error
  /// makes the execution a failed one.
  std::function<engine::Result<void>(const Execution&)> act = [](const Execution&) { return engine::ok(); };
};

/// Contract 4.4: runs of characters outside A-Za-z0-9._:- become one '-', none at the ends. kMalformed: longer than 128 then.
engine::Result<std::string> normal_idempotency_key(std::string_view text);
/// What is too long, in words for the caller; nullopt: nothing is.
std::optional<std::string> beyond_bounds(std::string_view action, std::string_view action_ref, std::string_view payload);

}  // namespace trust
