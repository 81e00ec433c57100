#include "access/control/control_plane.h"

#include <gmock/gmock.h>

#include <barrier>
#include <thread>

#include "tests/access/control_stage.h"

namespace trust {
namespace {

using engine::Errc;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

using ControlPlaneTest = ControlStage;

// ---- policies

TEST_F(ControlPlaneTest, UpsertMakesThenReplacesAsAWhole) {
  PolicyDraft draft{" Small Refunds ", "Orders.Refund*", "Small refunds"};
  draft.requires_approval = false;
  draft.risk = RiskLevel::kLow;
  const auto made = plane->upsert(draft, actor).value();
  EXPECT_TRUE(made.created);
  EXPECT_EQ(made.policy.id, PolicyId{1});
  EXPECT_EQ(made.policy.handle, "small-refunds");
  EXPECT_EQ(made.policy.pattern, "orders.refund*");
  clock.advance(5s);
  const auto again = plane->upsert({"small-refunds", "orders.refund"}, actor).value();
  EXPECT_FALSE(again.created);
  EXPECT_EQ(again.policy.id, PolicyId{1});
  EXPECT_EQ(again.policy.display_name, "small-refunds");
  EXPECT_TRUE(again.policy.requires_approval);
  EXPECT_EQ(again.policy.risk, RiskLevel::kMedium);
  EXPECT_EQ(again.policy.created, made.policy.created);
  EXPECT_NE(again.policy.updated, made.policy.updated);
  open();
  EXPECT_THAT(plane->policies(), ElementsAre(again.policy));
  EXPECT_EQ(plane->counts().policies, 1u);
  EXPECT_THAT(told(), ElementsAre("control.policy/create", "control.policy/upsert"));
}

TEST_F(ControlPlaneTest, PoliciesAreListedByPatternThenHandleAndNumbersAreNotUsedAgain) {
  policy("b", true);
  policy("a", true);
  ASSERT_TRUE(plane->remove_policy(PolicyId{2}, actor));
  EXPECT_EQ(plane->remove_policy(PolicyId{2}, actor).error().code, Errc::kNotFound);
  open();
  policy("a", true);
  const auto all = plane->policies();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].pattern, "a");
  EXPECT_EQ(all[0].id, PolicyId{3});
  EXPECT_THAT(told(), ElementsAre("control.policy/create", "control.policy/create", "control.policy/delete", "control.policy/create"));
}

TEST_F(ControlPlaneTest, WhatAPolicyMayNotBeIsRefusedByName) {
  EXPECT_EQ(plane->upsert({"", "a"}, actor).error().detail, "`handle` is required.");
  EXPECT_THAT(plane->upsert({"a", "!"}, actor).error().detail, HasSubstr("actionPattern"));
  EXPECT_THAT(plane->upsert({std::string(65, 'a'), "a"}, actor).error().detail, HasSubstr("handle"));
  EXPECT_THAT(plane->upsert({"a", std::string(192, 'a')}, actor).error().detail, HasSubstr("actionPattern"));
  PolicyDraft large{"a", "a"};
  large.config = std::string(kMetadataBytes + 1, ' ');
  EXPECT_THAT(plane->upsert(large, actor).error().detail, HasSubstr("config"));
  EXPECT_THAT(plane->policies(), IsEmpty());
  EXPECT_THAT(told(), IsEmpty());
}

// ---- approvals

TEST_F(ControlPlaneTest, TwoPeopleApproveWhatAThirdAskedFor) {
  policy("orders.*", true, RiskLevel::kHigh);
  const auto id = asked(wish("Orders.Refund"));
  EXPECT_EQ(plane->counts().approvals_pending, 1u);
  EXPECT_EQ(decided(id, Choice::kApprove, "agent").error().code, Errc::kConflict);
  EXPECT_EQ(decided(id, Choice::kApprove, "alice")->status, ApprovalStatus::kPending);
  EXPECT_EQ(decided(id, Choice::kApprove, "alice").error().code, Errc::kConflict);
  EXPECT_EQ(decided(id, Choice::kApprove, "bob")->status, ApprovalStatus::kApproved);
  EXPECT_THAT(decided(id, Choice::kReject, "carol").error().detail, HasSubstr("`approved`"));
  EXPECT_EQ(plane->counts().approvals_pending, 0u);
  EXPECT_THAT(told(), ElementsAre("control.policy/create", "control.approval/request", "control.approval/decision-denied", "control.approval/decision",
                                  "control.approval/decision-denied", "control.approval/decision", "control.approval/decision-denied"));
  EXPECT_EQ(decided(ApprovalId{99}, Choice::kApprove, "alice").error().code, Errc::kNotFound);
}

TEST_F(ControlPlaneTest, HowManyMustConsentIsSettledWhenItIsAsked) {
  policy("*", true, RiskLevel::kHigh);
  const auto two = asked(wish("a"));
  operators = 1;
  const auto one = asked(wish("a"));
  EXPECT_EQ((*plane->approval(two))->assurance.required, 2);
  EXPECT_EQ((*plane->approval(one))->assurance.mode, AssuranceMode::kDegraded);
  policy("a", true, RiskLevel::kLow);
  EXPECT_EQ(decided(two, Choice::kApprove, "alice")->status, ApprovalStatus::kPending);
  EXPECT_FALSE(decided(one, Choice::kApprove, "agent"));  // few operators or not: no machine consents to itself
  EXPECT_EQ(decided(one, Choice::kApprove, "alice")->status, ApprovalStatus::kApproved);
}

TEST_F(ControlPlaneTest, AKeyGivesTheSameApprovalToTheSameRequesterForTheSameRequest) {
  auto request = wish("a", R"({"n":1})");
  request.idempotency_key = " key 1 ";
  const auto first = plane->request(request, machine("agent")).value();
  EXPECT_FALSE(first.replay);
  EXPECT_EQ(first.record.idempotency_key, "key-1");
  const auto again = plane->request(request, machine("agent")).value();
  EXPECT_TRUE(again.replay);
  EXPECT_EQ(again.record, first.record);
  auto other = request;
  other.payload.canonical = R"({"n":2})";
  EXPECT_EQ(plane->request(other, machine("agent")).error().code, Errc::kConflict);
  EXPECT_FALSE(plane->request(request, machine("another"))->replay);
  open();
  EXPECT_TRUE(plane->request(request, machine("agent"))->replay);
  EXPECT_EQ(plane->approvals({}, 10)->size(), 2u);
}

TEST_F(ControlPlaneTest, EveryPendingApprovalExpiresAndEscalatesInTime) {
  policy("*", true, RiskLevel::kLow, {.escalate_minutes = 5, .expire_minutes = 10});
  for (int i = 0; i < 60; ++i) asked(wish("a"));
  clock.advance(5min);
  EXPECT_EQ(plane->sweep().value(), 60u);
  EXPECT_EQ(plane->sweep().value(), 0u);
  open();
  clock.advance(5min);
  EXPECT_THAT(decided(ApprovalId{1}, Choice::kApprove, "alice").error().detail, HasSubstr("expired"));  // before any sweep
  EXPECT_EQ(plane->sweep().value(), 59u);
  EXPECT_EQ(plane->counts().approvals_expired, 60u);
  EXPECT_EQ(plane->counts().approvals_pending, 0u);
  EXPECT_EQ(plane->approvals({ApprovalStatus::kExpired}, 100)->size(), 60u);
  const auto all = told();
  EXPECT_EQ(std::count(all.begin(), all.end(), "control.approval/auto-escalate"), 60);
  EXPECT_EQ(std::count(all.begin(), all.end(), "control.approval/auto-expire"), 60);
}

TEST_F(ControlPlaneTest, AnEscalationAfterTheExpiryIsMovedBeforeIt) {
  policy("*", true, RiskLevel::kLow, {.sla_minutes = 3, .escalate_minutes = 50, .expire_minutes = 10});
  const auto stored = *plane->approval(asked(wish("a"))).value();
  EXPECT_EQ(stored.escalate_minutes, 10u);
  EXPECT_EQ(stored.due, stored.created + 3min);
}

TEST_F(ControlPlaneTest, OneRequesterCannotFillTheQueueOfAll) {
  for (std::size_t i = 0; i < ControlPlane::kMostPendingOfOne; ++i) asked(wish("a"));
  EXPECT_EQ(plane->request(wish("a"), machine("agent")).error().code, Errc::kConflict);
  EXPECT_TRUE(plane->request(wish("a"), machine("another")));
}

TEST_F(ControlPlaneTest, ListsAreFilteredAndGoOnWhereTheyEnded) {
  for (const auto* action : {"a", "b", "a", "a"}) asked(wish(action));
  ASSERT_TRUE(decided(ApprovalId{3}, Choice::kReject, "alice"));
  const auto ids = [](const std::vector<Approval>& all) {
    std::vector<std::uint64_t> ids;
    for (const auto& one : all) ids.push_back(one.id.value);
    return ids;
  };
  EXPECT_THAT(ids(*plane->approvals({}, 2)), ElementsAre(4, 3));
  EXPECT_THAT(ids(*plane->approvals({{}, {}, ApprovalId{3}}, 2)), ElementsAre(2, 1));
  EXPECT_THAT(ids(*plane->approvals({{}, " A "}, 9)), ElementsAre(4, 3, 1));
  EXPECT_THAT(ids(*plane->approvals({ApprovalStatus::kPending}, 9)), ElementsAre(4, 2, 1));
}

TEST_F(ControlPlaneTest, OfTwoWhoDecideAtOnceNeitherOverwritesTheOther) {
  policy("*", true, RiskLevel::kHigh);
  for (int round = 0; round < 20; ++round) {
    const auto id = asked(wish("a"));
    std::barrier start(2);
    std::array<std::optional<ApprovalStatus>, 2> seen;
    std::vector<std::thread> people;
    for (std::size_t i = 0; i < 2; ++i) {
      people.emplace_back([&, i] {
        start.arrive_and_wait();
        if (auto done = decided(id, Choice::kApprove, i == 0 ? "alice" : "bob")) seen[i] = done->status;
      });
    }
    for (auto& person : people) person.join();
    const auto stored = *plane->approval(id).value();
    EXPECT_EQ(stored.status, ApprovalStatus::kApproved);
    EXPECT_NE(stored.first->by, stored.second->by);
    EXPECT_THAT(seen, ::testing::UnorderedElementsAre(ApprovalStatus::kPending, ApprovalStatus::kApproved));
  }
}

// ---- executions

TEST_F(ControlPlaneTest, WithoutAPolicyNothingIsDoneWithoutAnApproval) {
  const auto blocked = done(deed("a", "k")).value();
  EXPECT_EQ(blocked.execution.status, ExecutionStatus::kBlocked);
  EXPECT_EQ(reason_code(blocked.execution.objection), "approval_required");
  EXPECT_EQ(plane->counts().executions_blocked, 1u);
  const auto again = done(deed("a", "k")).value();
  EXPECT_TRUE(again.replay);
  EXPECT_EQ(again.execution, blocked.execution);
  EXPECT_EQ(plane->counts().executions_blocked, 1u);
}

TEST_F(ControlPlaneTest, WhatNeedsNoApprovalIsDoneOncePerKeyAndCaller) {
  policy("*", false);
  int times = 0;
  act = [&](const Execution&) {
    ++times;
    return engine::ok();
  };
  EXPECT_EQ(done(deed("a", "k"))->execution.status, ExecutionStatus::kSucceeded);
  EXPECT_TRUE(done(deed("A", " k "))->replay);
  EXPECT_EQ(times, 1);
  EXPECT_EQ(done(deed("a", "k", {}, R"({"n":1})")).error().code, Errc::kConflict);
  EXPECT_FALSE(done(deed("a", "k"), "another")->replay);
  EXPECT_EQ(times, 2);
  EXPECT_EQ(plane->counts().executions_succeeded, 2u);
  open();
  EXPECT_TRUE(done(deed("a", "k"))->replay);
  EXPECT_EQ(plane->executions({ExecutionStatus::kSucceeded}, 9)->size(), 2u);
}

TEST_F(ControlPlaneTest, TheScopeOfThePolicyIsAskedForBeforeTheKey) {
  policy("*", false, RiskLevel::kLow, {.required_scope = "orders:write"});
  const auto none = [](std::string_view) { return false; };
  EXPECT_EQ(plane->execute(deed("", "k"), machine("agent"), none).error().detail, "`actionType` is required.");
  const auto refused = plane->execute(deed("a", ""), machine("agent"), none);
  EXPECT_EQ(refused.error().code, Errc::kDenied);
  EXPECT_EQ(refused.error().detail, "orders:write");
  EXPECT_EQ(done(deed("a", " - ")).error().detail, "`idempotencyKey` is required to execute.");
  EXPECT_TRUE(done(deed("a", "k")));
}

TEST_F(ControlPlaneTest, AnApprovalCarriesOneExecutionOfItsRequesterWithItsPayload) {
  policy("*", true);
  const auto id = asked(wish("a", R"({"n":1})"));
  const auto outcome = [&](ExecuteRequest request, std::string by = "agent") {
    auto executed = done(std::move(request), std::move(by)).value();
    return std::string(name(executed.execution.status)) + " " + std::string(reason_code(executed.execution.objection));
  };
  EXPECT_EQ(outcome(deed("a", "1", id, R"({"n":1})")), "blocked approval_not_approved");
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
  EXPECT_EQ(outcome(deed("b", "2", id, R"({"n":1})")), "blocked approval_action_mismatch");
  EXPECT_EQ(outcome(deed("a", "3", id, R"({"n":2})")), "blocked approval_payload_mismatch");
  auto elsewhere = deed("a", "4", id, R"({"n":1})");
  elsewhere.action_ref = "another order";
  EXPECT_EQ(outcome(elsewhere), "blocked approval_payload_mismatch");
  EXPECT_EQ(outcome(deed("a", "5", id, R"({"n":1})"), "thief"), "blocked approval_requester_mismatch");
  EXPECT_EQ(outcome(deed("a", "6", ApprovalId{99}, R"({"n":1})")), "blocked approval_required");
  EXPECT_EQ(outcome(deed("a", "7", id, R"({"n":1})")), "succeeded ");
  EXPECT_EQ(outcome(deed("a", "8", id, R"({"n":1})")), "blocked approval_already_used");
  EXPECT_EQ((*plane->approval(id))->spent_by, plane->executions({ExecutionStatus::kSucceeded}, 1)->front().id);
  EXPECT_EQ(plane->executions({ExecutionStatus::kSucceeded}, 9)->front().approval, id);
}

TEST_F(ControlPlaneTest, AnExpiredApprovalIsNone) {
  policy("*", true, RiskLevel::kLow, {.expire_minutes = 1});
  const auto id = asked(wish("a"));
  clock.advance(1min);
  EXPECT_EQ(reason_code(done(deed("a", "k", id))->execution.objection), "approval_expired");
}

TEST_F(ControlPlaneTest, ADisabledPolicyBlocksAndAForcedAccountNeedsAnApproval) {
  policy("*", false);
  PolicyDraft off{"off", "orders.*"};
  off.enabled = off.requires_approval = false;
  ASSERT_TRUE(plane->upsert(off, actor));
  EXPECT_EQ(reason_code(done(deed("orders.x", "1"))->execution.objection), "policy_disabled");
  auto forced = machine("agent");
  forced.force_approval = true;
  const auto blocked = plane->execute(deed("a", "2"), forced, holds_all).value().execution;
  EXPECT_EQ(reason_code(blocked.objection), "approval_required");
  EXPECT_NE(message(blocked.objection), message(Objection::kApprovalRequired));
  EXPECT_FALSE(plane->simulate(deed("a", ""), forced)->allowed);
  EXPECT_TRUE(plane->simulate(deed("a", ""), machine("agent"))->allowed);
  const auto id = plane->request(wish("a"), forced)->record.id;
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
  EXPECT_EQ(plane->execute(deed("a", "3", id), forced, holds_all)->execution.status, ExecutionStatus::kSucceeded);
}

TEST_F(ControlPlaneTest, WhatCannotBeCarriedOutLeavesTheKeyFreeAndTheApprovalUnspent) {
  policy("*", true);
  const auto id = asked(wish("a"));
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
  auto bad = deed("a", "k", id);
  bad.payload.problem = "`payload.entryId` is required";
  EXPECT_EQ(done(bad).error().code, Errc::kMalformed);
  EXPECT_THAT(*plane->executions({}, 9), IsEmpty());
  EXPECT_EQ(done(deed("a", "k", id))->execution.status, ExecutionStatus::kSucceeded);
}

TEST_F(ControlPlaneTest, AFailedActionIsAFailedExecution) {
  policy("*", false);
  act = [](const Execution&) { return engine::Result<void>(engine::fail(Errc::kUnavailable, "nobody home")); };
  const auto failed = done(deed("a", "k")).value().execution;
  EXPECT_EQ(failed.status, ExecutionStatus::kFailed);
  EXPECT_EQ(failed.problem(), "nobody home");
  EXPECT_EQ(plane->counts().executions_succeeded, 0u);
  EXPECT_TRUE(done(deed("a", "k"))->replay);
}

TEST_F(ControlPlaneTest, OfTwoExecutionsWithOneKeyOneRuns) {
  policy("*", false);
  std::atomic<int> times = 0;
  act = [&](const Execution&) {
    ++times;
    return engine::ok();
  };
  for (int round = 0; round < 20; ++round) {
    std::barrier start(2);
    std::array<bool, 2> replay{};
    std::vector<std::thread> callers;
    for (std::size_t i = 0; i < 2; ++i) {
      callers.emplace_back([&, i] {
        start.arrive_and_wait();
        replay[i] = done(deed("a", "key-" + std::to_string(round)))->replay;
      });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_NE(replay[0], replay[1]);
  }
  EXPECT_EQ(times, 20);
}

TEST_F(ControlPlaneTest, OfTwoExecutionsWithOneApprovalOneRuns) {
  policy("*", true);
  for (int round = 0; round < 20; ++round) {
    const auto id = asked(wish("a"));
    ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
    std::barrier start(2);
    std::atomic<int> succeeded = 0;
    std::vector<std::thread> callers;
    for (int i = 0; i < 2; ++i) {
      callers.emplace_back([&, i] {
        start.arrive_and_wait();
        if (done(deed("a", std::to_string(round) + "-" + std::to_string(i), id))->execution.status == ExecutionStatus::kSucceeded) ++succeeded;
      });
    }
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(succeeded, 1);
  }
}

TEST_F(ControlPlaneTest, ACrashBetweenClaimAndEndIsResolvedAtTheNextStart) {
  policy("*", true);
  handoff_patterns = {"*"};
  open();
  const auto id = asked(wish("a"));
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
  int times = 0;
  act = [&](const Execution&) {
    ++times;
    return times == 1 ? store->checkpoint((directory.path() / "crashed").string()) : engine::ok();  // what a crash at this moment leaves on disk
  };
  ASSERT_TRUE(done(deed("a", "k", id)));
  open("crashed");
  EXPECT_EQ(times, 2);
  const auto all = plane->executions({}, 9).value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(all[0].handoff.state, HandoffState::kQueued);
  EXPECT_EQ(plane->handoffs_due(9)->size(), 1u);
  EXPECT_EQ((*plane->approval(id))->spent_by, all[0].id);
  EXPECT_TRUE(done(deed("a", "k", id))->replay);
  EXPECT_EQ(times, 2);
  EXPECT_EQ(told().back(), "control.execution/execute");
  EXPECT_EQ(audit->list({}, 1)->front().event.actor.id, "system:recovery");
  EXPECT_EQ(plane->counts().executions_succeeded, 1u);
  open("crashed");
  EXPECT_EQ(times, 2);  // it ended, and stays ended
}

TEST_F(ControlPlaneTest, AnOperatorCarriesOutAnApprovedRequestOnceHoweverOftenTheyAsk) {
  policy("*", true);
  auto request = wish("a", R"({"b":1,"a":2})");
  request.payload.canonical = R"({"a":2,"b":1})";
  request.action_ref = "order-1";
  request.idempotency_key = "k";
  const auto id = asked(request);
  const Actor operator_actor{"cp-user", "cp:alice", "cp-1", {}};
  EXPECT_EQ(plane->execute_approved(id, operator_actor).error().code, Errc::kConflict);
  const auto other = asked(wish("a"));
  ASSERT_TRUE(plane->decide(other, Choice::kApprove, {}, operator_actor));
  const auto executed = plane->execute_approved(other, operator_actor).value();
  EXPECT_EQ(executed.execution.status, ExecutionStatus::kSucceeded);
  EXPECT_EQ(executed.execution.requested_by.id, "cp:alice");
  EXPECT_EQ(executed.execution.idempotency_key, "approval-2-exec-v1");
  EXPECT_TRUE(plane->execute_approved(other, operator_actor)->replay);
  EXPECT_TRUE(plane->execute_approved(other, {"cp-user", "cp:bob", "cp-2", {}})->replay);
  EXPECT_EQ(plane->execute_approved(ApprovalId{99}, operator_actor).error().code, Errc::kNotFound);
}

TEST_F(ControlPlaneTest, AnApprovedPayloadIsCarriedOutAsItWasWritten) {
  policy("*", true);
  auto request = wish("a", R"({"b":1,"a":2})");
  request.payload.canonical = R"({"a":2,"b":1})";
  const auto id = asked(request);
  const Actor operator_actor{"cp-user", "cp:alice", "cp-1", {}};
  ASSERT_TRUE(plane->decide(id, Choice::kApprove, {}, operator_actor));
  EXPECT_EQ(plane->execute_approved(id, operator_actor)->execution.payload, R"({"b":1,"a":2})");
}

// ---- simulation

TEST_F(ControlPlaneTest, ASimulationSaysWhatWouldBeAndWritesNothing) {
  policy("*", true);
  const auto simulated = [&](ExecuteRequest request) {
    const auto s = plane->simulate(request, machine("agent")).value();
    return std::string(s.allowed ? "allowed" : s.only_approval_missing ? "requires_approval" : "blocked") + " " + s.approval_status;
  };
  const auto id = asked(wish("a"));
  EXPECT_EQ(simulated(deed("a", "")), "requires_approval required");
  EXPECT_EQ(simulated(deed("a", "", ApprovalId{99})), "blocked required");
  EXPECT_EQ(simulated(deed("a", "", id)), "blocked pending");
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));
  EXPECT_EQ(simulated(deed("a", "", id)), "allowed approved");
  EXPECT_EQ(simulated(deed("b", "", id)), "blocked approved");
  auto bad = deed("a", "", id);
  bad.payload.problem = "no";
  EXPECT_EQ(simulated(bad), "blocked approved");
  const auto others = plane->simulate(deed("a", "", id), machine("another")).value();
  EXPECT_EQ(others.approval_status, "required");
  EXPECT_FALSE(others.approval);
  EXPECT_EQ(plane->simulate(deed(" ", ""), machine("agent")).error().detail, "`actionType` is required.");
  EXPECT_THAT(*plane->executions({}, 9), IsEmpty());
  EXPECT_EQ(told().size(), 3u);
}

// ---- hand-over

TEST_F(ControlPlaneTest, WhatIsToBeHandedOverIsFoundAgainAfterARestart) {
  handoff_patterns = {"orders.*"};
  open();
  policy("*", false);
  int woken = 0;
  plane->on_handoff([&] { ++woken; });
  ASSERT_TRUE(done(deed("entries.note", "1")));
  EXPECT_EQ(woken, 0);
  EXPECT_EQ(plane->next_handoff(), std::nullopt);
  const auto id = done(deed("orders.refund", "2"))->execution.id;
  EXPECT_EQ(woken, 1);
  ASSERT_TRUE(plane->record_handoff(id, "HTTP 500", clock.wall_now() + 30s));
  EXPECT_THAT(*plane->handoffs_due(9), IsEmpty());
  open();
  EXPECT_EQ(plane->next_handoff(), clock.wall_now() + 30s);
  clock.advance(30s);
  const auto due = plane->handoffs_due(9).value();
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].handoff.attempts, 1u);
  EXPECT_EQ(due[0].handoff.last_error, "HTTP 500");
  ASSERT_TRUE(plane->record_handoff(id, "", std::nullopt));
  EXPECT_EQ(plane->executions({}, 1)->front().handoff.state, HandoffState::kDelivered);
  EXPECT_EQ(plane->executions({}, 1)->front().handoff.attempts, 2u);
  EXPECT_EQ(plane->record_handoff(id, "", std::nullopt).error().code, Errc::kNotFound);
  open();
  EXPECT_EQ(plane->next_handoff(), std::nullopt);
  EXPECT_EQ(told().back(), "control.execution/handoff");
}

TEST_F(ControlPlaneTest, AHandOverThatIsGivenUpSaysSo) {
  handoff_patterns = {"*"};
  open();
  policy("*", false);
  const auto id = done(deed("a", "1"))->execution.id;
  ASSERT_TRUE(plane->record_handoff(id, "HTTP 400", std::nullopt));
  EXPECT_EQ(plane->executions({}, 1)->front().handoff.state, HandoffState::kFailed);
  EXPECT_EQ(audit->list({}, 1)->front().event.outcome, AuditOutcome::kWarning);
}

// ---- who tells people

TEST_F(ControlPlaneTest, ApprovalsAndTroubleAreToldOnceTheyAreWritten) {
  policy("*", true, RiskLevel::kHigh, {.expire_minutes = 5});
  std::vector<std::string> heard;
  plane->on_approval([&](const Approval& approval) { heard.emplace_back(name(approval.status)); });
  plane->on_trouble([&](const Execution& execution) { heard.emplace_back(name(execution.status)); });
  const auto id = asked(wish("a"));
  ASSERT_TRUE(decided(id, Choice::kApprove, "alice"));  // the first of two: nothing to tell yet
  ASSERT_TRUE(done(deed("a", "1", id)));
  ASSERT_TRUE(decided(id, Choice::kApprove, "bob"));
  act = [](const Execution&) { return engine::Result<void>(engine::fail(Errc::kUnavailable, "away")); };
  ASSERT_TRUE(done(deed("a", "2", id)));
  asked(wish("a"));
  clock.advance(5min);
  ASSERT_TRUE(plane->sweep());
  EXPECT_THAT(heard, ElementsAre("pending", "blocked", "approved", "failed", "pending", "expired"));
}

// ---- boundaries

TEST_F(ControlPlaneTest, ABoundedAccountWritesWithinOneOfItsBoundariesOnly) {
  policy("*", true);
  BoundaryDraft draft{"blog", "Blog", "", {std::string(kDraftUpdate)}, {1}, {1}, {ManagedId{7}}};
  const auto boundary = plane->create_boundary(draft, actor).value();
  draft.handle = "shop";
  draft.entries = {2};
  draft.sites = {2};
  ASSERT_TRUE(plane->create_boundary(draft, actor));
  auto bounded = machine("agent");
  bounded.managed = ManagedId{7};
  auto request = wish("entry.updateDraft");
  const auto problem = [&](std::optional<std::int64_t> entry, std::optional<std::int64_t> site) {
    request.payload.target = {entry, site};
    const auto answered = plane->request(request, bounded);
    return answered ? std::string("allowed") : answered.error().detail;
  };
  EXPECT_EQ(problem(1, 1), "allowed");
  EXPECT_EQ(problem(2, 2), "allowed");
  EXPECT_THAT(problem(1, 2), HasSubstr("outside"));  // each lies in one of the two, the pair in none
  EXPECT_THAT(problem(3, 1), HasSubstr("outside"));
  EXPECT_THAT(problem({}, 1), HasSubstr("entryId"));
  EXPECT_THAT(problem(1, {}), HasSubstr("siteId"));
  const auto stored = *plane->approval(ApprovalId{1}).value();
  ASSERT_EQ(stored.boundaries.size(), 1u);
  EXPECT_EQ(stored.boundaries[0].handle, "blog");

  // At execution it is asked again: the boundary may have moved.
  ASSERT_TRUE(decided(ApprovalId{1}, Choice::kApprove, "alice"));
  EXPECT_EQ(plane->remove_boundary(boundary.id, actor).error().code, Errc::kConflict);
  ASSERT_TRUE(plane->assign_boundary(boundary.id, {}, actor));
  auto execution = deed("entry.updateDraft", "k", ApprovalId{1});
  execution.payload.target = {1, 1};
  const auto blocked = plane->execute(execution, bounded, holds_all).value().execution;
  EXPECT_EQ(reason_code(blocked.objection), "target_set_violation");
  EXPECT_EQ(blocked.outside->boundaries.front().handle, "shop");
  EXPECT_FALSE(plane->simulate(execution, bounded)->allowed);
  EXPECT_EQ((*plane->approval(ApprovalId{1}))->draft->status, "blocked");
  ASSERT_TRUE(plane->remove_boundary(boundary.id, actor));
  open();
  EXPECT_EQ(plane->boundaries().size(), 1u);
}

TEST_F(ControlPlaneTest, ABoundaryWithoutEntriesOrSitesIsNone) {
  EXPECT_THAT(plane->create_boundary({"a", "", "", {"x"}, {}, {1}}, actor).error().detail, HasSubstr("allowedEntryIds"));
  EXPECT_THAT(plane->create_boundary({"a", "", "", {"x"}, {1}, {0}}, actor).error().detail, HasSubstr("allowedSiteIds"));
  EXPECT_THAT(plane->create_boundary({"a", "", "", {""}, {1}, {1}}, actor).error().detail, HasSubstr("allowedActionTypes"));
  ASSERT_TRUE(plane->create_boundary({"a", "", "", {"x"}, {1}, {1}}, actor));
  EXPECT_EQ(plane->create_boundary({"a", "", "", {"x"}, {1}, {1}}, actor).error().code, Errc::kConflict);
}

TEST_F(ControlPlaneTest, TheAuditLogHoldsItsChainOverEverything) {
  policy("*", false);
  ASSERT_TRUE(done(deed("a", "1")));
  asked(wish("a"));
  EXPECT_TRUE(audit->verify()->holds());
}

TEST(IdempotencyKey, IsMadeOfAFewCharactersAndBounded) {
  EXPECT_EQ(normal_idempotency_key("  a b//c:1._- ").value(), "a-b-c:1._");
  EXPECT_EQ(normal_idempotency_key("- -").value(), "");
  EXPECT_EQ(normal_idempotency_key(std::string(128, 'a')).value().size(), 128u);
  EXPECT_EQ(normal_idempotency_key(std::string(129, 'a')).error().code, Errc::kMalformed);
}

TEST(ExecutionRecord, ComesBackFromItsBytesAndFromNoPrefixOfThem) {
  Execution execution;
  execution.id = ExecutionId{3};
  execution.action = "a";
  execution.action_ref = "b";
  execution.status = ExecutionStatus::kBlocked;
  execution.requested_by = {"credential", "agent"};
  execution.required_scope = "s";
  execution.approval = ApprovalId{4};
  execution.idempotency_key = "k";
  execution.request.fill(3);
  execution.objection = Objection::kOutsideBoundary;
  execution.outside = BoundaryRefusal{"no", {1, 2}, {1, 5}, {2}, {{9, "h", "n"}}};
  execution.target = {1, 2};
  execution.error = "e";
  execution.policy_handle = "p";
  execution.risk = RiskLevel::kCritical;
  execution.handoff = {HandoffState::kFailed, 3, "x", WallTime{5s}};
  execution.executed = execution.created = execution.updated = WallTime{9s};
  const auto bytes = encode_execution(execution);
  EXPECT_EQ(decode_execution(execution.id, bytes).value(), execution);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_execution(execution.id, bytes.substr(0, n))) << n;
}

}  // namespace
}  // namespace trust
