// [deliveries] of millrace.toml.
#include <gtest/gtest.h>

#include "app/config.h"

using namespace std::chrono_literals;

namespace app {
namespace {

engine::Result<Config> parse(const std::string& text) {
  constexpr const char* kRest = R"(
[storage]
directory = "/var/lib/millrace"
[source.mariadb]
user = "reader"
database = "craft"
[mapping]
base_url = "https://example.test"
)";
  return parse_config(kRest + text, [](const std::string&) -> std::optional<std::string> { return std::nullopt; });
}

TEST(DeliveriesConfig, KeepsAttemptsAWeekAndWhatArrivedAMonth) {
  const auto config = parse("");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->deliveries.attempts.max_age, 7 * 24h);
  EXPECT_EQ(config->deliveries.attempts.max_attempts, 200'000u);
  EXPECT_EQ(config->deliveries.keep_delivered, 30 * 24h);
}

TEST(DeliveriesConfig, ReadsEverySetting) {
  const auto config = parse(R"(
[deliveries]
keep_attempts_days = 90
keep_attempts_per_endpoint = 5000
keep_delivered_letters_days = 0
metrics_endpoints = 7
)");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->deliveries.attempts.max_age, 90 * 24h);
  EXPECT_EQ(config->deliveries.attempts.max_attempts, 5'000u);
  EXPECT_EQ(config->deliveries.keep_delivered, 0h);
  EXPECT_EQ(config->deliveries.metrics_endpoints, 7u);
}

TEST(DeliveriesConfig, NamesWhatCannotBe) {
  const auto config = parse(R"(
[deliveries]
keep_attempts_days = 0
keep_attempts_per_endpoint = 10
keep_delivered_letters_days = -1
metrics_endpoints = 100000
keep_everything = true
)");
  ASSERT_FALSE(config);
  for (const char* setting : {"keep_attempts_days", "keep_attempts_per_endpoint", "keep_delivered_letters_days", "metrics_endpoints", "keep_everything: unknown setting"})
    EXPECT_NE(config.error().detail.find("deliveries." + std::string(setting)), std::string::npos) << setting << "\n" << config.error().detail;
}

}  // namespace
}  // namespace app
