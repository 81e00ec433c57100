// The tables of millrace.toml that name Kafka.

#include <gtest/gtest.h>

#include "app/config.h"

namespace app {
namespace {

const std::string kBase = "[storage]\ndirectory = \"/d\"\n[mapping]\nbase_url = \"https://example.test\"\n";
const std::string kSource =
    "[source]\nkind = \"kafka\"\n[source.debezium]\nschema_file = \"/s.sql\"\n[source.kafka]\nbrokers = \"a:9092,b:9092\"\ntopics = \"shop.craft.craft_{table}\"\n";

Environment environment(std::map<std::string, std::string> values = {}) {
  return [values](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

std::string problems(const std::string& text) {
  auto config = parse_config(kBase + text, environment());
  return config ? "" : config.error().detail;
}

TEST(KafkaConfig, TheSmallestSource) {
  const auto config = parse_config(kBase + kSource, environment());
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_TRUE(config->source_kind == app::SourceKind::kKafka);
  EXPECT_EQ(config->kafka.connection.brokers, "a:9092,b:9092");
  EXPECT_EQ(config->kafka.connection.protocol, "plaintext");
  EXPECT_EQ(config->kafka.debezium.schema_file, "/s.sql");
  EXPECT_FALSE(config->sink.configured());
}

TEST(KafkaConfig, EverySettingIsTaken) {
  const auto config = parse_config(kBase +
                                       "[source]\nkind = \"kafka\"\n[source.debezium]\nschema_file = \"/s.sql\"\ndatabase = \"postgres\"\ntable_prefix = \"craft_\"\ndecimals = \"string\"\n"
                                       "times = \"connect\"\nbinary = \"hex\"\n[source.kafka]\nbrokers = \"a:1\"\ntopics = \"s.{table}\"\ntransaction_topic = \"s.transaction\"\nprotocol = \"sasl_tls\"\n"
                                       "sasl_mechanism = \"SCRAM-SHA-256\"\nuser = \"u\"\npassword_env = \"P\"\ntls_ca = \"/ca\"\ntls_check_host = false\nallow_trimmed_topics = true\n"
                                       "transaction_wait_ms = 100\n[source.kafka.librdkafka]\n\"socket.timeout.ms\" = \"5000\"\n"
                                       "[sink.kafka]\nbrokers = \"c:1\"\ntopic = \"feed\"\nsensitive = true\nin_flight = 10\nfrom = \"now\"\n",
                                   environment({{"P", "secret"}}));
  ASSERT_TRUE(config) << config.error().detail;
  const auto& source = config->kafka;
  EXPECT_EQ(source.debezium.database, connectors::DatabaseKind::kPostgres);
  EXPECT_EQ(source.debezium.modes.decimals, connectors::DebeziumModes::Decimals::kString);
  EXPECT_EQ(source.debezium.modes.times, connectors::DebeziumModes::Times::kConnect);
  EXPECT_EQ(source.debezium.modes.binary, connectors::DebeziumModes::Binary::kHex);
  EXPECT_EQ(source.connection.password.reveal(), "secret");
  EXPECT_EQ(source.connection.further.at("socket.timeout.ms"), "5000");
  EXPECT_EQ(source.transaction_wait, std::chrono::milliseconds(100));
  EXPECT_TRUE(source.allow_trimmed_topics);
  EXPECT_FALSE(source.connection.tls_check_host);
  EXPECT_TRUE(config->sink.configured() && config->sink.sensitive && config->sink.from_now);
  EXPECT_EQ(config->sink.in_flight, 10u);
}

TEST(KafkaConfig, EveryProblemNamesItsSetting) {
  EXPECT_NE(problems("[source]\nkind = \"kafka\"\n").find("source.kafka.brokers"), std::string::npos);
  EXPECT_NE(problems("[source]\nkind = \"oracle\"\n[source.mariadb]\nuser = \"u\"\ndatabase = \"d\"\n").find("source.kind"), std::string::npos);
  const auto all = problems("[source]\nkind = \"kafka\"\n[source.debezium]\ndatabase = \"db2\"\ndecimals = \"x\"\n[source.kafka]\ntopics = \"shop.craft\"\nprotocol = \"sasl_tls\"\ntls_key = \"/k\"\nbrokrs = \"x\"\n"
                            "[sink.kafka]\nuser = \"u\"\nprotocol = \"ssh\"\nin_flight = 0\n");
  for (const char* setting : {"source.debezium.schema_file", "source.debezium.database", "source.debezium.decimals", "source.kafka.brokers", "source.kafka.topics", "source.kafka.user",
                              "source.kafka.password", "source.kafka.tls_key", "source.kafka.brokrs: unknown setting", "sink.kafka.brokers", "sink.kafka.topic", "sink.kafka.protocol", "sink.kafka.in_flight"}) {
    EXPECT_NE(all.find(setting), std::string::npos) << setting << " in\n" << all;
  }
}

}  // namespace
}  // namespace app
