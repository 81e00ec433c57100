// [operations], [notifications] and [deliveries] of millrace.toml.
#include <gtest/gtest.h>

#include "app/config.h"

using namespace std::chrono_literals;

namespace app {
namespace {

constexpr const char* kRest = R"(
[storage]
directory = "/var/lib/millrace"
[source.mariadb]
user = "reader"
database = "craft"
[mapping]
base_url = "https://example.test"
)";

engine::Result<Config> parse(const std::string& text) {
  return parse_config(kRest + text, [](const std::string& name) { return name == "SMTP_PASSWORD" ? std::optional<std::string>("geheim") : std::nullopt; });
}

TEST(OperationsConfig, NothingIsToldUnlessSomebodyWantsIt) {
  const auto config = parse("");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_FALSE(config->notifications.enabled);
  EXPECT_FALSE(config->notifications.by_email());
  EXPECT_FALSE(config->notifications.by_webhook());
  EXPECT_EQ(config->watching.lag.warn, 300);
  EXPECT_EQ(config->watching.lifecycle.rotation_critical, 120);
}

TEST(OperationsConfig, ReadsEverySetting) {
  const auto config = parse(R"(
[operations]
lag_warn_seconds = 60
lag_critical_seconds = 120
[operations.lifecycle]
rotation_warn_days = 7
[[operations.lifecycle.metadata]]
handle = "Price-Bot"
owner = "shop team"
environment = "staging"
[notifications]
enabled = true
recipients = ["Ops@example.test"]
status_changed = false
webhook_url = "https://chat.example.test/hook"
webhook_secret = "s3cr3t"
[notifications.smtp]
host = "mail.example.test"
tls = "implicit"
user = "millrace"
password_env = "SMTP_PASSWORD"
from = "millrace@example.test"
)");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->watching.lag.critical, 120);
  EXPECT_EQ(config->watching.lifecycle.rotation_warn, 7);
  EXPECT_EQ(config->watching.metadata.at("price-bot").owner, "shop team");
  const auto& told = config->notifications;
  EXPECT_EQ(told.recipients, std::vector<std::string>{"ops@example.test"});
  EXPECT_FALSE(told.status_changed);
  EXPECT_TRUE(told.by_email());
  EXPECT_TRUE(told.by_webhook());
  EXPECT_EQ(told.smtp.port, 465);
  EXPECT_EQ(told.smtp.password.reveal(), "geheim");
}

TEST(OperationsConfig, EachMistakeIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"[operations]\nlag_warn_seconds = 900\nlag_critical_seconds = 900\n", "operations.lag_critical_seconds: must be more"},
      {"[operations.lifecycle]\nrotation_warn_days = 0\n", "operations.lifecycle.rotation_warn_days: must be between"},
      {"[[operations.lifecycle.metadata]]\nowner = \"x\"\n", "operations.lifecycle.metadata[0].handle: is needed"},
      {"[operations]\nlag = 1\n", "operations.lag: unknown setting"},
      {"[notifications]\nenabled = true\n", "notifications.enabled: nobody would be told"},
      {"[notifications]\nrecipients = [\"nobody\"]\n", "notifications.recipients: \"nobody\" is no e-mail address"},
      {"[notifications]\nwebhook_url = \"https://x.test/\"\n", "notifications.webhook_secret: is needed"},
      {"[notifications]\nwebhook_url = \"ftp://x.test/\"\nwebhook_secret = \"abcd\"\n", "notifications.webhook_url:"},
      {"[notifications.smtp]\nhost = \"smtp://x\"\nfrom = \"a@x.test\"\n", "notifications.smtp.host: is needed"},
      {"[notifications.smtp]\nhost = \"x.test\"\n", "notifications.smtp.from: is needed"},
      {"[notifications.smtp]\nhost = \"x.test\"\nfrom = \"a@x.test\"\nuser = \"u\"\n", "notifications.smtp.password: is needed"},
      {"[notifications.smtp]\nhost = \"x.test\"\nfrom = \"a@x.test\"\nuser = \"u\"\npassword = \"p\"\ntls = \"off\"\n",
       "notifications.smtp.tls: off would send"},
  };
  for (const auto& [text, problem] : cases) {
    const auto config = parse(text);
    ASSERT_FALSE(config) << text;
    EXPECT_NE(config.error().detail.find(problem), std::string::npos) << text << config.error().detail;
  }
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
