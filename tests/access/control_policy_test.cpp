#include <gtest/gtest.h>

#include "access/control/policy.h"

namespace trust {
namespace {

TEST(ControlPattern, StarsStandForAnyRunAlsoNone) {
  struct Case {
    std::string_view pattern, action;
    bool matches;
  };
  for (const auto& [pattern, action, expected] :
       {Case{"*", "orders.refund", true}, Case{"*", "", true}, Case{"orders.*", "orders.refund", true}, Case{"orders.*", "orders.", true},
        Case{"orders.*", "orders", false}, Case{"*.refund", "orders.refund", true}, Case{"*.refund", "orders.refunds", false},
        Case{"o*s.r*d", "orders.refund", true}, Case{"a*b*c", "aXbYbZc", true}, Case{"a*b*c", "aXbYbZ", false}, Case{"orders.refund", "orders.refund", true},
        Case{"orders.refund", "orders.refun", false}, Case{"**", "x", true}, Case{"", "x", false}}) {
    EXPECT_EQ(matches(pattern, action), expected) << pattern << " over " << action;
  }
}

TEST(ControlPattern, ManyStarsCostNoMoreThanTheProductOfTheLengths) {
  std::string pattern;
  for (int i = 0; i < 90; ++i) pattern += "a*";
  EXPECT_FALSE(matches(pattern + "b", std::string(4000, 'a')));
}

TEST(ControlPattern, TypesAndPatternsAreLowerCaseOfAFewCharacters) {
  EXPECT_EQ(normal_action(" Entry.updateDraft\n"), kDraftUpdate);
  EXPECT_EQ(normal_action("a*b/c é"), "abc");
  EXPECT_EQ(normal_pattern("Orders.* /"), "orders.*");
  EXPECT_EQ(normal_action("***"), "");
}

Policy named(std::string handle, std::string pattern, bool enabled = true) {
  Policy policy;
  policy.id = PolicyId{7};
  policy.handle = std::move(handle);
  policy.pattern = std::move(pattern);
  policy.enabled = enabled;
  return policy;
}

TEST(ControlResolution, TheLongestPatternWinsThenTheHigherPatternThenTheLowerHandle) {
  const std::vector<Policy> policies{named("wide", "*"),        named("narrow", "orders.refund"), named("middle", "orders.*"),
                                     named("b", "order*.note"), named("a", "order*.note"),        named("c", "orders*note")};
  EXPECT_EQ(resolve(policies, "orders.refund").policy.handle, "narrow");
  EXPECT_EQ(resolve(policies, "orders.cancel").policy.handle, "middle");
  EXPECT_EQ(resolve(policies, "entries.note").policy.handle, "wide");
  EXPECT_EQ(resolve(policies, "orders.note").policy.handle, "c");  // 's' sorts above '*'
  EXPECT_EQ(resolve(policies, "orderx.note").policy.handle, "a");
}

TEST(ControlResolution, ADisabledNarrowPolicyIsTheOneThatCounts) {
  const std::vector<Policy> policies{named("wide", "*"), named("narrow", "orders.refund", false)};
  EXPECT_FALSE(resolve(policies, "orders.refund").policy.enabled);
}

TEST(ControlResolution, WithoutAPolicyTheDefaultAsksForTwoPeople) {
  const auto resolved = resolve({}, "orders.refund");
  EXPECT_EQ(resolved.policy.id, PolicyId{});
  EXPECT_EQ(resolved.policy.handle, "default-control-policy");
  EXPECT_TRUE(resolved.policy.requires_approval);
  EXPECT_EQ(resolved.policy.risk, RiskLevel::kHigh);
  EXPECT_EQ(resolved.policy.config, R"({"requiredScope":"control:actions:execute","mode":"fail-safe"})");
  EXPECT_EQ(resolved.required_scope, "control:actions:execute");
  EXPECT_EQ(resolve({}, kDraftUpdate).required_scope, "entries:write:draft");
}

TEST(ControlResolution, APolicysOwnScopeReplacesTheDefault) {
  auto policy = named("own", "*");
  policy.rules.required_scope = "orders:read";
  EXPECT_EQ(resolve(std::vector{policy}, kDraftUpdate).required_scope, "orders:read");
}

TEST(ControlPolicyRecord, ComesBackFromItsBytesAndFromNoPrefixOfThem) {
  auto policy = named("refunds", "orders.refund*");
  policy.display_name = "Refunds";
  policy.risk = RiskLevel::kCritical;
  policy.config = R"({"maxAmount":50})";
  policy.rules = {"orders:read", true, 12.5, {"refund"}, {"orders.*"}, 10, 20, 30};
  policy.created = policy.updated = WallTime{std::chrono::seconds{1'772'000'000}};
  const auto bytes = encode_policy(policy);
  EXPECT_EQ(decode_policy(policy.id, bytes).value(), policy);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_policy(policy.id, bytes.substr(0, n))) << n;
  EXPECT_FALSE(decode_policy(policy.id, bytes + "x"));
  EXPECT_EQ(decode_policy(policy.id, "\x02").error().code, engine::Errc::kUnsupported);
}

}  // namespace
}  // namespace trust
