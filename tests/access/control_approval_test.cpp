#include <gtest/gtest.h>

#include "access/control/approval.h"

namespace trust {
namespace {

using Kind = Transition::Kind;

WallTime at(std::int64_t minute) { return WallTime{std::chrono::seconds{1'772'000'000}} + std::chrono::minutes(minute); }

Party party(std::string id) { return {"credential", std::move(id)}; }
Ruling by(std::string id, std::int64_t minute = 1) { return {party(std::move(id)), "because", at(minute)}; }

Approval pending(std::uint8_t required = 2) {
  Approval approval;
  approval.id = ApprovalId{5};
  approval.action = "orders.refund";
  approval.requested_by = party("agent");
  approval.assurance = {required, required > 1 ? AssuranceMode::kDual : AssuranceMode::kSingle, 2, at(0)};
  approval.created = approval.updated = at(0);
  return approval;
}

TEST(ApprovalDecision, OneConsentIsEnoughWhereOneIsRequired) {
  const auto done = decide(pending(1), Choice::kApprove, by("alice"));
  EXPECT_EQ(done.kind, Kind::kApproved);
  EXPECT_EQ(done.approval.status, ApprovalStatus::kApproved);
  EXPECT_EQ(done.approval.first->by, party("alice"));
  EXPECT_EQ(done.approval.updated, at(1));
  EXPECT_EQ(done.approval.remaining(), 0);
}

TEST(ApprovalDecision, TwoConsentsOfDifferentPeopleWhereTwoAreRequired) {
  const auto first = decide(pending(), Choice::kApprove, by("alice"));
  EXPECT_EQ(first.kind, Kind::kFirst);
  EXPECT_EQ(first.approval.status, ApprovalStatus::kPending);
  EXPECT_EQ(first.approval.remaining(), 1);
  const auto same = decide(first.approval, Choice::kApprove, by("alice", 2));
  EXPECT_EQ(same.kind, Kind::kSameApprover);
  EXPECT_EQ(same.approval, first.approval);
  const auto second = decide(first.approval, Choice::kApprove, by("bob", 2));
  EXPECT_EQ(second.kind, Kind::kApproved);
  EXPECT_EQ(second.approval.first->by, party("alice"));
  EXPECT_EQ(second.approval.second->by, party("bob"));
  EXPECT_EQ(second.approval.count(), 2);
}

TEST(ApprovalDecision, WhoAsksNeitherApprovesNorRejectsButAnOperatorWhoIsAlone) {
  for (const auto choice : {Choice::kApprove, Choice::kReject}) {
    const auto own = decide(pending(), choice, by("agent"));
    EXPECT_EQ(own.kind, Kind::kSelf);
    EXPECT_EQ(own.approval, pending());
  }
  auto degraded = pending(1);
  degraded.assurance.mode = AssuranceMode::kDegraded;
  EXPECT_EQ(decide(degraded, Choice::kApprove, by("agent")).kind, Kind::kSelf);  // a machine never consents to itself
  degraded.requested_by = {"cp-user", "cp:ada"};
  const Ruling own{degraded.requested_by, "because", at(1)};
  EXPECT_EQ(decide(degraded, Choice::kApprove, own).kind, Kind::kApproved);
  EXPECT_EQ(decide(degraded, Choice::kReject, own).kind, Kind::kRejected);
}

TEST(ApprovalDecision, AnOperatorIsNotTheMachineOfTheSameName) {
  auto approval = pending(1);
  approval.requested_by = {"credential", "cp:alice"};
  EXPECT_EQ(decide(approval, Choice::kApprove, {{"cp-user", "cp:alice"}, {}, at(1)}).kind, Kind::kApproved);
}

TEST(ApprovalDecision, ARejectionKeepsTheFirstApproverAndNamesWhoRejected) {
  const auto first = decide(pending(), Choice::kApprove, by("alice")).approval;
  const auto rejected = decide(first, Choice::kReject, by("bob", 2));
  EXPECT_EQ(rejected.kind, Kind::kRejected);
  EXPECT_EQ(rejected.approval.status, ApprovalStatus::kRejected);
  EXPECT_EQ(rejected.approval.first->by, party("alice"));
  EXPECT_EQ(rejected.approval.rejection->by, party("bob"));
  EXPECT_EQ(rejected.approval.count(), 1);
  EXPECT_EQ(decide(first, Choice::kReject, by("alice", 2)).kind, Kind::kRejected);  // a first approver may think better of it
}

TEST(ApprovalDecision, WhatIsDecidedStaysDecided) {
  for (const auto status : {ApprovalStatus::kApproved, ApprovalStatus::kRejected, ApprovalStatus::kExpired}) {
    auto closed = pending(1);
    closed.status = status;
    for (const auto choice : {Choice::kApprove, Choice::kReject}) {
      const auto done = decide(closed, choice, by("alice"));
      EXPECT_EQ(done.kind, Kind::kClosed);
      EXPECT_EQ(done.approval, closed);
    }
  }
}

TEST(ApprovalDecision, ExpiryBeatsApproval) {
  auto approval = pending(1);
  approval.expire_minutes = 10;
  EXPECT_EQ(decide(approval, Choice::kApprove, by("alice", 9)).kind, Kind::kApproved);
  const auto late = decide(approval, Choice::kApprove, by("alice", 10));
  EXPECT_EQ(late.kind, Kind::kExpired);
  EXPECT_EQ(late.approval.status, ApprovalStatus::kExpired);
  EXPECT_EQ(late.approval.expired_at, at(10));
  EXPECT_FALSE(late.approval.first);
}

TEST(ApprovalTime, EscalatesOnceThenExpires) {
  auto approval = pending();
  EXPECT_EQ(next_event(approval), std::nullopt);
  approval.escalate_minutes = 5;
  approval.expire_minutes = 10;
  EXPECT_EQ(next_event(approval), at(5));
  EXPECT_EQ(time_passed(approval, at(4)), TimePassed::kNothing);
  EXPECT_EQ(time_passed(approval, at(5)), TimePassed::kEscalates);
  approval.escalated_at = at(5);
  EXPECT_EQ(time_passed(approval, at(6)), TimePassed::kNothing);
  EXPECT_EQ(next_event(approval), at(10));
  EXPECT_EQ(time_passed(approval, at(10)), TimePassed::kExpires);
  EXPECT_EQ(status_at(approval, at(10)), ApprovalStatus::kExpired);
  approval.status = ApprovalStatus::kApproved;
  EXPECT_EQ(time_passed(approval, at(99)), TimePassed::kNothing);
  EXPECT_EQ(next_event(approval), std::nullopt);
}

TEST(ApprovalTime, TheStateOfItsDeadline) {
  auto approval = pending();
  EXPECT_EQ(sla_state(approval, at(0)), "none");
  EXPECT_EQ(sla_seconds_remaining(approval, at(0)), std::nullopt);
  approval.due = at(10);
  EXPECT_EQ(sla_state(approval, at(4)), "on_time");
  EXPECT_EQ(sla_state(approval, at(5)), "due_soon");
  EXPECT_EQ(sla_state(approval, at(10)), "due_soon");
  EXPECT_EQ(sla_state(approval, at(11)), "overdue");
  EXPECT_EQ(sla_seconds_remaining(approval, at(11)), -60);
  approval.escalated_at = at(1);
  EXPECT_EQ(sla_state(approval, at(11)), "escalated");
  approval.status = ApprovalStatus::kRejected;
  EXPECT_EQ(sla_state(approval, at(11)), "completed");
  approval.status = ApprovalStatus::kExpired;
  EXPECT_EQ(sla_state(approval, at(11)), "expired");
}

struct TwoCase {
  std::string_view name;
  Policy policy;
  ActionFacts facts;
  bool two;
};

Policy ruled(PolicyRules rules, RiskLevel risk = RiskLevel::kLow) {
  Policy policy;
  policy.risk = risk;
  policy.rules = std::move(rules);
  return policy;
}

class RequiredApprovals : public ::testing::TestWithParam<TwoCase> {};

TEST_P(RequiredApprovals, ByRiskAndRules) {
  const auto& [name, policy, facts, two] = GetParam();
  const auto full = assurance(policy, "orders.refund", facts, 2, at(0));
  EXPECT_EQ(full.required, two ? 2 : 1);
  EXPECT_EQ(full.mode, two ? AssuranceMode::kDual : AssuranceMode::kSingle);
  for (const std::size_t operators : {0, 1}) {
    const auto few = assurance(policy, "orders.refund", facts, operators, at(0));
    EXPECT_EQ(few.required, 1);
    EXPECT_EQ(few.mode, two ? AssuranceMode::kDegraded : AssuranceMode::kSingle);
    EXPECT_EQ(few.operators, operators);
  }
}

INSTANTIATE_TEST_SUITE_P(Approval, RequiredApprovals,
                         ::testing::Values(TwoCase{"Low", ruled({}), {}, false}, TwoCase{"Medium", ruled({}, RiskLevel::kMedium), {}, false},
                                           TwoCase{"High", ruled({}, RiskLevel::kHigh), {}, true},
                                           TwoCase{"Critical", ruled({}, RiskLevel::kCritical), {}, true},
                                           TwoCase{"TwoPeople", ruled({.two_people = true}), {}, true},
                                           TwoCase{"AmountBelow", ruled({.dual_min_amount = 100}), {99.99, ""}, false},
                                           TwoCase{"AmountReached", ruled({.dual_min_amount = 100}), {100, ""}, true},
                                           TwoCase{"NoAmount", ruled({.dual_min_amount = 100}), {}, false},
                                           TwoCase{"Category", ruled({.dual_categories = {"fraud"}}), {{}, "fraud"}, true},
                                           TwoCase{"OtherCategory", ruled({.dual_categories = {"fraud"}}), {{}, "gift"}, false},
                                           TwoCase{"Pattern", ruled({.dual_patterns = {"*.refund"}}), {}, true},
                                           TwoCase{"OtherPattern", ruled({.dual_patterns = {"*.cancel"}}), {}, false}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ApprovalRecord, ComesBackFromItsBytesAndFromNoPrefixOfThem) {
  auto approval = decide(pending(), Choice::kApprove, by("alice")).approval;
  approval.action_ref = "order-1";
  approval.requester_managed = ManagedId{9};
  approval.reason = "twice";
  approval.idempotency_key = "key-1";
  approval.payload = R"({"amount":10})";
  approval.target = {12, 3};
  approval.boundaries = {{4, "blog", "Blog"}};
  approval.subject.fill(1);
  approval.request.fill(2);
  approval.due = at(9);
  approval.escalate_minutes = 5;
  approval.expire_minutes = 10;
  approval.second = by("bob", 2);
  approval.rejection = by("carol", 3);
  approval.escalated_at = at(5);
  approval.expired_at = at(10);
  approval.spent_by = ExecutionId{77};
  approval.draft = DraftOutcome{ExecutionId{77}, "succeeded", "", {12, 3}, at(6)};
  const auto bytes = encode_approval(approval);
  EXPECT_EQ(decode_approval(approval.id, bytes).value(), approval);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_approval(approval.id, bytes.substr(0, n))) << n;
  EXPECT_FALSE(decode_approval(approval.id, bytes + "x"));
}

}  // namespace
}  // namespace trust
