#include "access/gate/settings.h"

#include <gtest/gtest.h>

namespace {

using trust::GateConfig;
using trust::Profile;

TEST(GateSettings, ProfileDefaultsFollowTheContractsTable) {
  EXPECT_EQ(trust::profile_defaults(Profile::kLocal).rate_limit, 300u);
  EXPECT_EQ(trust::profile_defaults(Profile::kTest).rate_limit, 300u);
  EXPECT_EQ(trust::profile_defaults(Profile::kStaging).rate_limit, 120u);
  EXPECT_EQ(trust::profile_defaults(Profile::kProduction).rate_limit, 60u);
  EXPECT_EQ(trust::profile_defaults(Profile::kTest).webhook_max_attempts, 2u);
  EXPECT_EQ(trust::profile_defaults(Profile::kStaging).webhook_max_attempts, 3u);
  for (const auto profile : {Profile::kLocal, Profile::kTest, Profile::kStaging, Profile::kProduction}) {
    const auto defaults = trust::profile_defaults(profile);
    EXPECT_TRUE(defaults.require_token && defaults.redact_email && defaults.fail_on_missing_token_in_production);
    EXPECT_FALSE(defaults.allow_query_token || defaults.allow_insecure_no_token_in_production);
  }
}

TEST(GateSettings, TheProfileIsInferredFromTheEnvironment) {
  EXPECT_EQ(trust::resolve({.environment = "Staging"}).profile, Profile::kStaging);
  EXPECT_EQ(trust::resolve({.environment = "weird"}).profile, Profile::kLocal);
  EXPECT_EQ(trust::resolve({}).profile, Profile::kProduction);
  EXPECT_TRUE(trust::resolve({}).profile_inferred);
  const auto set = trust::resolve({.environment = "production", .profile = "ci"});
  EXPECT_EQ(set.profile, Profile::kTest);
  EXPECT_FALSE(set.profile_inferred);
  EXPECT_TRUE(set.production);
}

TEST(GateSettings, AnUnknownProfileHasTheLimitsOfProductionAndIsFlagged) {
  const auto settings = trust::resolve({.environment = "staging", .profile = "moon"});
  EXPECT_EQ(settings.profile, Profile::kProduction);
  EXPECT_EQ(settings.rate.requests, 60u);
  EXPECT_TRUE(settings.profile_invalid);
}

TEST(GateSettings, ProductionForcesTokensUnlessInsecurityIsAskedForTwice) {
  const auto forced = trust::resolve({.environment = "prod", .require_token = false});
  EXPECT_TRUE(forced.require_token);
  EXPECT_TRUE(forced.token_requirement_forced);
  EXPECT_FALSE(trust::resolve({.environment = "prod", .require_token = false, .allow_insecure_no_token_in_production = true}).require_token);
  EXPECT_FALSE(trust::resolve({.environment = "dev", .require_token = false}).require_token);
}

TEST(GateSettings, WhatIsSetWinsAndZeroCountsAsUnset) {
  const auto settings = trust::resolve({.environment = "test", .rate_limit = 5, .rate_window_seconds = 0, .webhook_timeout_seconds = 500,
                                        .webhook_max_attempts = 99});
  EXPECT_EQ(settings.rate.requests, 5u);
  EXPECT_EQ(settings.rate.window, std::chrono::seconds(60));
  EXPECT_EQ(settings.webhook_timeout_seconds, 60u);
  EXPECT_EQ(settings.webhook_max_attempts, 10u);
  const std::vector<std::string> expected{"allowInsecureNoTokenInProd", "allowQueryToken", "failOnMissingTokenInProd",
                                          "rateLimitWindowSeconds",     "redactEmail",     "requireToken"};
  EXPECT_EQ(settings.defaults_applied, expected);
}

}  // namespace
