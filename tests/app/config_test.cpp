#include "app/config.h"
#include "app/environment_settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/fixtures.h"

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

TEST(Config, AnEndpointsFormAndKeysAreReadAndChecked) {
  const std::string url = std::string(kSmallest) + "[webhook]\nurl = \"https://example.test/hook\"\n";
  const auto config = parse_config(url + "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nprevious_secret_env = \"OLD\"\nform = \"cloudevents\"\nstandard_headers = true\n",
                                   environment({{"OLD", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}}));
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->webhook.form, delivery::PayloadForm::kCloudEvents);
  EXPECT_TRUE(config->webhook.standard_headers);
  ASSERT_EQ(config->webhook.secrets.size(), 2u);
  EXPECT_TRUE(config->webhook.secrets.front().reveal().starts_with("whsec_Mf"));  // the new one signs the contract's header
  const auto keys_only = parse_config(url + "form = \"standard-webhooks\"\nsigning_key = \"whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n", environment());
  ASSERT_TRUE(keys_only) << keys_only.error().detail;
  EXPECT_TRUE(keys_only->webhook.configured());  // receivers who can check and not sign need no secret
  EXPECT_NE(problems(url + "signing_key = \"whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"\n").find("webhook.secret"), std::string::npos);
  EXPECT_NE(problems(url + "secret = \"x\"\nform = \"soap\"\n").find("webhook.form: must be contract"), std::string::npos);
  EXPECT_NE(problems(url + "secret = \"plain\"\nform = \"standard-webhooks\"\n").find("24 to 64 bytes"), std::string::npos);
  EXPECT_NE(problems(url + "previous_secret = \"x\"\n").find("webhook.previous_secret"), std::string::npos);
  EXPECT_NE(problems(url + "secret = \"x\"\nsigning_key = \"whsk_AAAA\"\n").find("turn those on"), std::string::npos);
}

TEST(Config, WhatWebhooksMayDialAndShowIsCheckedAtOnce) {
  const std::string webhook = std::string(kSmallest) + "[webhook]\nurl = \"https://example.test/hook\"\nsecret = \"x\"\n";
  const auto config = parse_config(webhook + "allow = [\"10.1.2.0/24\", \"fd00::7\"]\nfirst_byte_timeout_ms = 700\n", environment());
  ASSERT_TRUE(config) << config.error().detail;
  ASSERT_EQ(config->webhook_allow.size(), 2u);
  EXPECT_TRUE(config->webhook_allow[0].contains(asio::ip::make_address("10.1.2.9")));
  EXPECT_EQ(config->webhook.first_byte_timeout, std::chrono::milliseconds(700));
  EXPECT_NE(problems(webhook + "allow = [\"intern.example\"]\n").find("webhook.allow: 'intern.example'"), std::string::npos);
  EXPECT_NE(problems(webhook + "tls_ca = \"/nowhere/ca.pem\"\n").find("/nowhere/ca.pem"), std::string::npos);
  EXPECT_NE(problems(webhook + "tls_client_key = \"/nowhere/key.pem\"\n").find("belong together"), std::string::npos);
  EXPECT_NE(problems(webhook + "tls_client_key = \"/nowhere/key.pem\"\ntls_client_certificate = \"/nowhere/c.pem\"\n").find("cannot read /nowhere/c.pem"), std::string::npos);
}

constexpr const char* kPostgres = R"(
[storage]
directory = "/var/lib/millrace"
[mapping]
base_url = "https://example.test"
[source]
kind = "postgres"
[source.postgres]
user = "reader"
database = "craft"
)";

TEST(Config, APostgresSourceHasSaneDefaults) {
  auto config = parse_config(kPostgres, environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->source_kind, SourceKind::kPostgres);
  EXPECT_EQ(config->postgres.port, 5432);
  EXPECT_EQ(config->postgres.schema, "public");
  EXPECT_EQ(config->postgres.slot, "millrace");
  EXPECT_EQ(config->postgres.publication, "millrace");
  EXPECT_EQ(config->postgres.wal_budget_bytes, 0u);
  auto more = parse_config(std::string(kPostgres) + "tls = \"verify\"\ntls_ca = \"/ca.pem\"\nwal_budget_megabytes = 2\nwal_policy = \"drop-and-resnapshot\"\nstreams_in_progress = true\n", environment());
  ASSERT_TRUE(more) << more.error().detail;
  EXPECT_EQ(more->postgres.tls, connectors::PostgresTls::kVerify);
  EXPECT_EQ(more->postgres.wal_budget_bytes, 2u << 20);
  EXPECT_TRUE(more->postgres.streams_in_progress && !config->postgres.streams_in_progress);
  EXPECT_EQ(more->postgres.wal_policy, connectors::WalPolicy::kDropAndResnapshot);
}

TEST(Config, EveryProblemOfAPostgresSourceNamesItsSetting) {
  const std::pair<const char*, const char*> wrong[] = {
      {"slot = \"With-Dash\"", "source.postgres.slot: expected small letters"}, {"publication = \"\"", "source.postgres.publication"},
      {"port = 0", "source.postgres.port: must be between 1 and 65535"},        {"tls = \"maybe\"", "source.postgres.tls: expected off, required or verify"},
      {"tls = \"verify\"", "source.postgres.tls_ca: is needed"},                {"wal_policy = \"drop-and-resnapshot\"", "source.postgres.wal_policy: needs wal_budget_megabytes"},
      {"server_id = 7", "source.postgres.server_id: unknown setting"}};
  for (const auto& [line, problem] : wrong) EXPECT_NE(problems(std::string(kPostgres) + line + "\n").find(problem), std::string::npos) << line;
  EXPECT_NE(problems("[source]\nkind = \"postgres\"\n").find("source.postgres.host: is needed"), std::string::npos);
  EXPECT_NE(problems("[source]\nkind = \"oracle\"\n").find("source.kind: expected"), std::string::npos);
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

TEST(Config, TlsTakesACertificateAndAKey) {
  const auto with = [](const std::string& server) { return "[server]\n" + server + kSmallest; };
  EXPECT_FALSE(parse_config(kSmallest, environment())->listen.tls.configured());
  auto config = parse_config(with("tls_certificate = \"/c.pem\"\ntls_key = \"/k.pem\"\ntls_client_ca = \"/a.pem\"\nhsts_max_age = 0\n"), environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->listen.tls.configured());
  EXPECT_EQ(config->listen.tls.key, "/k.pem");
  EXPECT_EQ(config->listen.tls.client_ca, "/a.pem");
  EXPECT_EQ(config->listen.tls.transport_security.count(), 0);
  EXPECT_NE(problems(with("tls_certificate = \"/c.pem\"\n")).find("server.tls_key: is needed too"), std::string::npos);
  EXPECT_NE(problems(with("tls_key = \"/k.pem\"\n")).find("server.tls_certificate: is needed too"), std::string::npos);
  EXPECT_NE(problems(with("tls_client_ca = \"/a.pem\"\n")).find("server.tls_client_ca"), std::string::npos);
}

TEST(Config, LimitsOfARequestAreSetWithinBounds) {
  auto config = parse_config(std::string("[server]\nmax_header_bytes = 4096\nmax_headers = 20\nmax_target_bytes = 2048\nmax_body_bytes = 5000\n"
                                         "header_timeout_seconds = 1\nbody_timeout_seconds = 2\nidle_timeout_seconds = 3\nwrite_timeout_seconds = 4\n"
                                         "handshake_timeout_seconds = 5\nmin_body_bytes_per_second = 6\n") + kSmallest, environment());
  ASSERT_TRUE(config) << config.error().detail;
  const auto& limits = config->listen.limits;
  EXPECT_EQ(limits.head_bytes, 4096u);
  EXPECT_EQ(limits.header_count, 20u);
  EXPECT_EQ(limits.target_bytes, 2048u);
  EXPECT_EQ(limits.body_bytes, 5000u);
  EXPECT_EQ(limits.head_timeout, std::chrono::seconds(1));
  EXPECT_EQ(limits.body_timeout, std::chrono::seconds(2));
  EXPECT_EQ(limits.idle, std::chrono::seconds(3));
  EXPECT_EQ(limits.write_timeout, std::chrono::seconds(4));
  EXPECT_EQ(limits.handshake_timeout, std::chrono::seconds(5));
  EXPECT_EQ(limits.body_bytes_per_second, 6u);
  for (const char* setting : {"max_header_bytes = 1023", "max_header_bytes = 1048577", "max_headers = 7", "max_target_bytes = 255", "max_body_bytes = 1023",
                              "max_body_bytes = 67108865", "header_timeout_seconds = 0", "body_timeout_seconds = 3601", "idle_timeout_seconds = 0",
                              "write_timeout_seconds = 0", "handshake_timeout_seconds = 601", "min_body_bytes_per_second = -1", "hsts_max_age = -1"}) {
    const std::string name(setting, std::string(setting).find(' '));
    EXPECT_NE(problems("[server]\n" + std::string(setting) + "\n" + kSmallest).find("server." + name + ": must be between"), std::string::npos) << setting;
  }
  EXPECT_NE(problems("[server]\nmax_header_bytes = 4096\nmax_target_bytes = 5000\n" + std::string(kSmallest)).find("server.max_target_bytes: must not be above"),
            std::string::npos);
  EXPECT_EQ(parse_config("[server]\nmax_header_bytes = 4096\n" + std::string(kSmallest), environment())->listen.limits.target_bytes, 4096u);
}

TEST(Config, TrustedProxiesAreAddressesAndNetworks) {
  auto config = parse_config("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n" + std::string(kSmallest), environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->listen.trusted_proxies.trusts("10.1.2.3"));
  EXPECT_TRUE(config->listen.trusted_proxies.trusts("::1"));
  EXPECT_FALSE(config->listen.trusted_proxies.trusts("127.0.0.1"));
  EXPECT_TRUE(parse_config(kSmallest, environment())->listen.trusted_proxies.empty());
  const auto wrong = problems("[server]\ntrusted_proxies = [\"proxy.internal\"]\n" + std::string(kSmallest));
  EXPECT_NE(wrong.find("server.trusted_proxies"), std::string::npos);
  EXPECT_NE(wrong.find("proxy.internal"), std::string::npos);
}

TEST(Config, TheProfileDecidesWhatIsNotSet) {
  auto config = parse_config("[server]\nprofile = \"staging\"\n" + std::string(kSmallest), environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->webhook.retry.max_attempts, 3u);
  auto local = parse_config("[server]\nprofile = \"local\"\n" + std::string(kSmallest), environment());
  EXPECT_EQ(local->webhook.retry.max_attempts, 2u);
}

TEST(Config, GovernedWritesHandDecisionsOverSigned) {
  const std::string on = std::string(kSmallest) + "[features]\ngoverned_writes = true\n";
  auto plain = parse_config(on, environment());
  ASSERT_TRUE(plain) << plain.error().detail;
  EXPECT_TRUE(plain->gate.features.writes);
  EXPECT_FALSE(plain->control.action.configured());
  EXPECT_NE(problems(on + "[control]\naction_url = \"https://a.example.test/\"\n").find("control.action_secret: is needed"), std::string::npos);
  EXPECT_NE(problems(on + "[control]\naction_patterns = [\"!\"]\n").find("control.action_patterns"), std::string::npos);
  auto handing = parse_config(on + "[control]\naction_url = \"https://a.example.test/\"\naction_secret = \"s\"\naction_patterns = [\"Orders.*\"]\n", environment());
  ASSERT_TRUE(handing) << handing.error().detail;
  EXPECT_TRUE(handing->control.action.configured());
  EXPECT_EQ(handing->control.action_patterns, std::vector<std::string>{"orders.*"});
}

TEST(Config, TheEnvironmentOfTheContractWinsOverTheFile) {
  const auto config = parse_config(std::string(kSmallest) + "[security]\nrate_limit_per_minute = 7\n",
                                   environment({{"PLUGIN_AGENTS_ENABLED", "off"},
                                                {"PLUGIN_AGENTS_RATE_LIMIT_PER_MINUTE", "500"},
                                                {"PLUGIN_AGENTS_ALLOW_QUERY_TOKEN", ""},
                                                {"PLUGIN_AGENTS_REDACT_EMAIL", "perhaps"},
                                                {"PLUGIN_AGENTS_WRITES_EXPERIMENTAL", "YES"},
                                                {"PLUGIN_AGENTS_TOKEN_SCOPES", "auth:read, entries:read"},
                                                {"PLUGIN_AGENTS_API_TOKEN", "the-single-token"},
                                                {"PLUGIN_AGENTS_WEBHOOK_URL", "https://hooks.example.test/x"},
                                                {"PLUGIN_AGENTS_WEBHOOK_SECRET", "whsec"},
                                                {"PLUGIN_AGENTS_WEBHOOK_MAX_ATTEMPTS", "many"}}));
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->gate.enabled, false);
  EXPECT_EQ(config->gate.rate_limit, 500u);
  EXPECT_FALSE(config->gate.allow_query_token);
  EXPECT_FALSE(config->gate.redact_email);
  EXPECT_TRUE(config->gate.features.writes);
  ASSERT_EQ(config->credentials.size(), 1u);
  EXPECT_EQ(config->credentials[0].id, "default");
  EXPECT_FALSE(config->credentials[0].scopes);
  EXPECT_EQ(config->gate.default_scopes, (std::vector<std::string>{"auth:read", "entries:read"}));
  EXPECT_TRUE(config->webhook.configured());
  ASSERT_EQ(config->warnings.size(), 2u);
  EXPECT_EQ(config->warnings[0], "PLUGIN_AGENTS_REDACT_EMAIL: expected true or false; it is ignored");
  EXPECT_EQ(config->warnings[1].find("many"), std::string::npos);
}

TEST(Config, CredentialsOfTheEnvironmentComeInThreeForms) {
  const auto ids = [](std::string_view json) {
    bool flawed = false;
    std::string text;
    for (const auto& one : credentials_from_json(json, flawed)) text += one.id + (one.scopes ? "+" + std::to_string(one.scopes->size()) : "") + " ";
    return text + (flawed ? "flawed" : "good");
  };
  EXPECT_EQ(ids(R"({"token":"t","id":"One A"})"), "one-a good");
  EXPECT_EQ(ids(R"([{"value":"t","name":"two","scopes":"a:read b:read"},{"token":"u","scopes":["c:read"]}])"), "two+2 credential-2+1 good");
  EXPECT_EQ(ids(R"({"three":{"token":"t"},"four":{"token":"u","id":"ignored"}})"), "three four good");
  EXPECT_EQ(ids(R"([{"token":"t","id":"a"},{"id":"without"},7])"), "a flawed");
  EXPECT_EQ(ids("{not json"), "flawed");
  EXPECT_EQ(ids("7"), "flawed");
}

TEST(Config, OperatorsAreReadAndRefusedByName) {
  const auto with = [](const std::string& text) { return std::string(kSmallest) + text; };
  const auto good = parse_config(with("[admin]\nlisten = \"127.0.0.1:9090\"\n[[operators]]\nid = \"ada\"\ntoken = \"t-ada\"\npermissions = [\"*\"]\n"), environment());
  ASSERT_TRUE(good) << good.error().detail;
  EXPECT_EQ(good->admin.port, 9090);
  ASSERT_EQ(good->operators.size(), 1u);
  EXPECT_NE(problems(with("[admin]\nlisten = \"0.0.0.0:9090\"\n")).find("admin.listen: must be a loopback address"), std::string::npos);
  EXPECT_NE(problems(with("[[operators]]\nid = \"local\"\ntoken = \"t\"\n")).find("operators[0].id"), std::string::npos);
  EXPECT_NE(problems(with("[[operators]]\nid = \"ada\"\ntoken = \"t\"\npermissions = [\"all\"]\n")).find("\"all\" is not a permission"), std::string::npos);
  EXPECT_NE(problems(with("[[credentials]]\nid = \"cp:ada\"\ntoken = \"t\"\n")).find("is for operators"), std::string::npos);
}

TEST(StorageDirectory, IsFoundWithoutReadingSecretsOrAnythingElse) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "millrace.toml";
  const auto found = [&file](const std::string& text) {
    std::ofstream(file) << text;
    return load_storage_directory(file);
  };
  EXPECT_EQ(found("[storage]\ndirectory = \"/data\"\n[source.mariadb]\npassword_file = \"/not/there\"\n").value(), "/data");
  EXPECT_EQ(found("[server]\n").error().code, engine::Errc::kMalformed);
  EXPECT_EQ(found("[storage]\ndirectory = 5\n").error().code, engine::Errc::kMalformed);
  EXPECT_EQ(found("[storage\n").error().code, engine::Errc::kMalformed);
  EXPECT_EQ(load_storage_directory(directory.path() / "none.toml").error().code, engine::Errc::kNotFound);
}

}  // namespace
}  // namespace app
