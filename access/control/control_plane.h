#pragma once
// Governed actions (contract craft-agents-governance section 4): a machine proposes, policies say whether people must consent, the action is carried out once,
// and everything is in the audit log. Carrying out means: the decision is written down and, where that is configured, queued for who acts on it. Nothing is
// ever run here.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit/audit_log.h"
#include "access/control/control_counts.h"
#include "access/control/control_requests.h"
#include "engine/base/clock.h"
#include "engine/store/store.h"

namespace trust {

/// Threads: any; changes come one at a time. Blocking: every method but counts(): call through engine::on_pool().
/// Errors: kMalformed and kConflict (the caller's; `detail` says what and how to go on), kNotFound, kDenied (`detail` is the scope that lacks), kFull (later
/// again).
class ControlPlane {
 public:
  static constexpr std::size_t kMostPolicies = 1'000;
  static constexpr std::size_t kMostBoundaries = 1'000;
  static constexpr std::size_t kMostPending = 10'000;    ///< approvals
  static constexpr std::size_t kMostPendingOfOne = 250;  ///< of one requester
  static constexpr std::size_t kMostHandoffs = 10'000;   ///< decisions not yet handed over

  /// Ends what a crash left between claim and end. kMalformed: a damaged record.
  static engine::Result<std::unique_ptr<ControlPlane>> open(engine::store::Store& store, AuditLog& audit, const engine::Clock& clock, ControlOptions options);

  // ---- policies (control_plane.cpp)
  /// Replaces the policy of that handle as a whole, or makes it.
  engine::Result<UpsertedPolicy> upsert(PolicyDraft draft, const Actor& actor);
  engine::Result<void> remove_policy(PolicyId id, const Actor& actor);
  std::vector<Policy> policies() const;  ///< by pattern, then handle
  ResolvedPolicy resolve(std::string_view action) const;

  // ---- approvals (control_approvals.cpp)
  engine::Result<Answered<Approval>> request(ApprovalRequest request, const Caller& caller);
  /// Denied decisions are audited, too.
  engine::Result<Approval> decide(ApprovalId id, Choice choice, std::string reason, const Actor& actor);
  /// Expires and escalates what is due, of all pending ones; how many. Called now and then, and before listings.
  engine::Result<std::size_t> sweep();
  engine::Result<std::optional<Approval>> approval(ApprovalId id) const;
  engine::Result<std::vector<Approval>> approvals(const ApprovalFilter& filter, std::size_t limit) const;  ///< newest first

  // ---- executions (control_executions.cpp)
  /// `holds`: does the caller have this scope?
  engine::Result<Executed> execute(ExecuteRequest request, const Caller& caller, const std::function<bool(std::string_view scope)>& holds);
  /// What an operator does with an approved request (contract 4.9): its own payload, once, however often it is asked for. kConflict: not approved.
  engine::Result<Executed> execute_approved(ApprovalId id, const Actor& actor);
  /// The same questions; writes nothing.
  engine::Result<Simulation> simulate(const ExecuteRequest& request, const Caller& caller) const;
  engine::Result<std::vector<Execution>> executions(const ExecutionFilter& filter, std::size_t limit) const;  ///< newest first

  // ---- hand-over (control_handoff.cpp)
  /// Those whose next attempt is due, oldest first.
  engine::Result<std::vector<Execution>> handoffs_due(std::size_t limit) const;
  /// When the next one will be; nullopt: none waits.
  std::optional<WallTime> next_handoff() const;
  /// An attempt ended. `error` empty: it is delivered. `retry_at` nullopt: it is given up.
  engine::Result<void> record_handoff(ExecutionId id, const std::string& error, std::optional<WallTime> retry_at);
  /// Called after one was queued. One listener, set before use; must not block.
  void on_handoff(std::function<void()> listener) { queued_ = std::move(listener); }

  // ---- for who tells people. Called after the change is written and before its caller learns of it; one listener each, set before use; must not call back.
  /// An approval was asked for, decided for good, or has expired: its status says which.
  void on_approval(std::function<void(const Approval&)> listener) { approval_told_ = std::move(listener); }
  /// An execution was blocked or failed.
  void on_trouble(std::function<void(const Execution&)> listener) { trouble_told_ = std::move(listener); }

  // ---- boundaries (control_boundaries.cpp)
  engine::Result<Boundary> create_boundary(BoundaryDraft draft, const Actor& actor);
  /// Replaces to whom it is assigned.
  engine::Result<Boundary> assign_boundary(BoundaryId id, std::vector<ManagedId> credentials, const Actor& actor);
  /// kConflict: still assigned; without it the account would be unrestricted.
  engine::Result<void> remove_boundary(BoundaryId id, const Actor& actor);
  std::vector<Boundary> boundaries() const;  ///< by name, then handle

  const AuditLog& audit() const { return audit_; }
  const engine::Clock& clock() const { return clock_; }
  /// Never blocks for long: it waits for no write.
  ControlCounts counts() const;

 private:
  struct Waiting {
    Party requester;
    std::optional<WallTime> next;  // when time makes something of it
  };
  struct Numbers {  // one record on disk: the next ids, and totals that nobody wants to count again at every start
    std::uint64_t policy = 1, approval = 1, execution = 1, boundary = 1;
    std::uint64_t expired = 0, blocked = 0, succeeded = 0;
  };
  struct Judgement {
    ResolvedPolicy policy;
    std::optional<Approval> linked;
    BoundaryVerdict boundary;
    std::vector<Objection> objections;
    bool approval_needed = false;
  };
  struct Who {  // on whose behalf, and under whose keys
    Actor actor;
    Party requester;
    Party key_owner;
    std::optional<ManagedId> managed;
    bool force_approval = false;
    std::optional<RequestDigest> subject{};  // of the approval being carried out as it stands; nullopt: of what was sent
  };
  ControlPlane(engine::store::Store& store, AuditLog& audit, const engine::Clock& clock, ControlOptions options);
  engine::Result<void> load();
  engine::Result<void> load_row(std::string_view key, std::string_view value);
  WallTime now() const { return engine::floor_seconds(clock_.wall_now()); }
  engine::Result<void> commit(engine::store::Batch& batch, AuditEvent event, const Numbers& numbers);
  void stage_numbers(engine::store::Batch& batch, const Numbers& numbers) const;
  void publish_counts();

  engine::Result<Approval> keep_new(Approval approval, const ResolvedPolicy& policy, const Actor& actor);
  engine::Result<void> keep_transition(const Approval& approval, AuditEvent event);
  engine::Result<Approval> deny(const Approval& approval, Choice choice, std::string why, const Actor& actor);
  engine::Result<void> pass_time(ApprovalId id, WallTime now, std::size_t& changed);

  engine::Result<Judgement> judge(const ExecuteRequest& request, const std::string& action, const Who& who) const;
  engine::Result<Executed> execute_for(ExecuteRequest request, const Who& who, const std::function<bool(std::string_view)>& holds);
  engine::Result<Executed> replayed(Execution known, const RequestDigest& sent, ResolvedPolicy policy);
  engine::Result<void> block(Execution& execution, const Judgement& judged, const Who& who);
  engine::Result<void> claim(const Execution& execution, const Judgement& judged, const Who& who);
  engine::Result<void> finish(Execution& execution, const Actor& actor);
  engine::Result<void> stage_draft(engine::store::Batch& batch, const Execution& execution) const;
  bool is_handed_on(std::string_view action) const;

  engine::Result<std::optional<Execution>> execution(ExecutionId id) const;
  engine::Result<std::optional<std::uint64_t>> known_key(char kind, const Party& owner, std::string_view key) const;
  engine::Result<void> keep_boundary(Boundary boundary, std::string_view action, const Actor& actor);

  engine::store::Store& store_;
  engine::store::Family rows_;
  AuditLog& audit_;
  const engine::Clock& clock_;
  ControlOptions options_;
  std::function<void()> queued_;
  std::function<void(const Approval&)> approval_told_;
  std::function<void(const Execution&)> trouble_told_;
  mutable std::mutex changing_;       // guards all below; held over a change's writes, so that what was judged is what is written
  std::vector<Policy> policies_;      // by pattern and handle
  std::vector<Boundary> boundaries_;  // by name and handle
  std::map<ApprovalId, Waiting> pending_;
  std::map<ExecutionId, WallTime> handoffs_;  // queued ones, by when they are tried next
  Numbers numbers_;
  mutable std::mutex counting_;
  ControlCounts counts_;
};

}  // namespace trust
