#include "app/config.h"

#include <gtest/gtest.h>

namespace app {
namespace {

constexpr const char* kSmallest = R"(
[storage]
directory = "/var/lib/millrace"
[source.mariadb]
user = "reader"
database = "craft"
[mapping]
base_url = "https://example.test"
)";

Environment environment(std::map<std::string, std::string> values = {}) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

std::string problems(const std::string& text) {
  auto config = parse_config(text, environment());
  return config ? "" : config.error().detail;
}

TEST(Config, TheSmallestOneHasSaneDefaults) {
  auto config = parse_config(kSmallest, environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->listen.address, "127.0.0.1");
  EXPECT_EQ(config->listen.port, 8080);
  EXPECT_EQ(config->mapping.settings.at("base"), "https://example.test/");
  EXPECT_FALSE(config->webhook.configured());
  EXPECT_TRUE(config->credentials.empty());
}

TEST(Config, EveryProblemIsListedWithItsSetting) {
  const auto all = problems("[server]\nlisten = \"nowhere\"\nthreads = 0\nport = 1\n[source.mariadb]\ndatabase = 7\n[log]\nlevel = \"loud\"\n");
  for (const char* setting : {"server.listen", "server.threads", "server.port: unknown setting", "storage.directory", "source.mariadb.user",
                              "source.mariadb.database: expected a text", "mapping.base_url", "log.level"}) {
    EXPECT_NE(all.find(setting), std::string::npos) << setting << " in\n" << all;
  }
}

TEST(Config, ASyntaxErrorNamesItsLine) { EXPECT_NE(problems("[server]\nlisten = \n").find("line 2"), std::string::npos); }

TEST(Config, SecretsComeFromExactlyOnePlace) {
  const std::string two = std::string(kSmallest) + "[[credentials]]\nid = \"a\"\ntoken = \"x\"\ntoken_env = \"Y\"\n";
  EXPECT_NE(problems(two).find("give only one of token, token_file and token_env"), std::string::npos);
  const std::string absent = std::string(kSmallest) + "[[credentials]]\nid = \"a\"\ntoken_env = \"NOT_THERE\"\n";
  EXPECT_NE(problems(absent).find("the environment has no NOT_THERE"), std::string::npos);
  const std::string there = std::string(kSmallest) + "[[credentials]]\nid = \"a\"\ntoken_env = \"THERE\"\n";
  auto config = parse_config(there, environment({{"THERE", "tok-from-the-environment"}}));
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->credentials.at(0).token.reveal(), "tok-from-the-environment");
}

TEST(Config, InterestsOfADisabledCredentialDoNotCount) {
  const std::string text = std::string(kSmallest) +
                           "[[credentials]]\nid = \"a\"\ntoken = \"tok-a\"\ninterests = { types = [\"entry\"] }\n"
                           "[[credentials]]\nid = \"b\"\ntoken = \"tok-b\"\nenabled = false\ninterests = { types = [\"order\"] }\n";
  auto config = parse_config(text, environment());
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_EQ(config->interests.size(), 1u);
  EXPECT_EQ(config->interests[0].handle, "a");
}

TEST(Config, AMisspeltInterestIsRefusedInsteadOfMeaningEverything) {
  const auto text = std::string(kSmallest) + "[[credentials]]\nid = \"a\"\ntoken = \"tok-a\"\ninterests = { types = [\"entries\"] }\n";
  EXPECT_NE(problems(text).find("credentials[0].interests.types: \"entries\" is not one of entry"), std::string::npos) << problems(text);
}

TEST(Config, AnEmptyListOfScopesGrantsNothing) {
  auto config = parse_config(std::string(kSmallest) + "[[credentials]]\nid = \"a\"\ntoken = \"tok-a\"\nscopes = []\n", environment());
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_TRUE(config->credentials.at(0).scopes);
  EXPECT_TRUE(config->credentials[0].scopes->empty());
}

TEST(Config, AMappingsOwnSettingsArePassedOn) {
  auto config = parse_config(std::string(kSmallest) + "settings = { files = \"https://cdn.example.test/\" }\n", environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->mapping.settings.at("files"), "https://cdn.example.test/");
}

TEST(Config, AWebhookUrlNeedsASecret) {
  EXPECT_NE(problems(std::string(kSmallest) + "[webhook]\nurl = \"https://example.test/hook\"\n").find("webhook.secret"), std::string::npos);
}

TEST(Config, TheProfileDecidesWhatIsNotSet) {
  auto config = parse_config("[server]\nprofile = \"staging\"\n" + std::string(kSmallest), environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->webhook.retry.max_attempts, 3u);
  auto local = parse_config("[server]\nprofile = \"local\"\n" + std::string(kSmallest), environment());
  EXPECT_EQ(local->webhook.retry.max_attempts, 2u);
}

TEST(Config, GovernedWritesNeedAKeyAndHandDecisionsOverSigned) {
  const std::string on = std::string(kSmallest) + "[features]\ngoverned_writes = true\n";
  EXPECT_NE(problems(on).find("secrets.master_key: is needed"), std::string::npos);
  EXPECT_NE(problems(on + "[secrets]\nmaster_key = \"short\"\n").find("secrets.master_key: expected 64"), std::string::npos);
  const std::string keyed = on + "[secrets]\nmaster_key = \"" + std::string(64, 'a') + "\"\n";
  auto plain = parse_config(keyed, environment());
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_TRUE(plain->gate.features.writes);
  EXPECT_FALSE(plain->control.action.configured());
  EXPECT_NE(problems(keyed + "[control]\naction_url = \"https://a.example.test/\"\n").find("control.action_secret: is needed"), std::string::npos);
  EXPECT_NE(problems(keyed + "[control]\naction_patterns = [\"!\"]\n").find("control.action_patterns"), std::string::npos);
  auto handing = parse_config(keyed + "[control]\naction_url = \"https://a.example.test/\"\naction_secret = \"s\"\naction_patterns = [\"Orders.*\"]\napprovers = 3\n", environment());
  ASSERT_TRUE(handing) << handing.error().detail;
  EXPECT_TRUE(handing->control.action.configured());
  EXPECT_EQ(handing->control.action_patterns, std::vector<std::string>{"orders.*"});
  EXPECT_EQ(handing->control.approvers, 3u);
}

}  // namespace
}  // namespace app
