#include "app/kafka_config.h"

#include <algorithm>

namespace app {

using connectors::DebeziumModes;

namespace {

constexpr std::string_view kTable = "{table}";

/// One word out of a list.
template <class Value>
void read_word(TableReader& table, const std::string& key, Value& into, std::initializer_list<std::pair<std::string_view, Value>> words) {
  std::string word, all;
  table.read(key, word);
  if (word.empty()) return;
  for (const auto& [name, value] : words) {
    all += (all.empty() ? "" : ", ") + std::string(name);
    if (name != word) continue;
    into = value;
    return;
  }
  table.problem(key, "expected one of " + all);
}

void read_connection(TableReader& table, connectors::KafkaConnection& connection, const KafkaSecretReader& secret) {
  table.read("brokers", connection.brokers);
  if (connection.brokers.empty()) table.problem("brokers", "is needed: \"host:9092\", several with commas between");
  read_word<std::string>(table, "protocol", connection.protocol, {{"plaintext", "plaintext"}, {"tls", "tls"}, {"sasl_plaintext", "sasl_plaintext"}, {"sasl_tls", "sasl_tls"}});
  read_word<std::string>(table, "sasl_mechanism", connection.sasl_mechanism, {{"PLAIN", "PLAIN"}, {"SCRAM-SHA-256", "SCRAM-SHA-256"}, {"SCRAM-SHA-512", "SCRAM-SHA-512"}});
  table.read("user", connection.user);
  connection.password = secret(table, "password");
  const bool sasl = connection.protocol.starts_with("sasl_");
  if (sasl && connection.user.empty()) table.problem("user", "is needed with protocol " + connection.protocol);
  if (sasl && connection.password.empty()) table.problem("password", "is needed with protocol " + connection.protocol);
  if (!sasl && !connection.user.empty()) table.problem("protocol", "user and password are used with sasl_tls and sasl_plaintext only");
  table.read("tls_ca", connection.tls_ca);
  table.read("tls_certificate", connection.tls_certificate);
  table.read("tls_key", connection.tls_key);
  connection.tls_key_password = secret(table, "tls_key_password");
  if (connection.tls_certificate.empty() != connection.tls_key.empty()) table.problem("tls_key", "tls_certificate and tls_key are given together or not at all");
  table.read("tls_check_host", connection.tls_check_host);
  const bool tls = connection.protocol == "tls" || connection.protocol == "sasl_tls";
  if (!tls && !(connection.tls_ca.empty() && connection.tls_certificate.empty())) table.problem("protocol", "certificates are used with tls and sasl_tls only");
  table.read("client_id", connection.client_id);
  auto further = table.table("librdkafka");
  further.each_text([&](const std::string& key, const std::string& value) { connection.further[key] = value; });
}

}  // namespace

void read_debezium(TableReader table, connectors::DebeziumOptions& options) {
  if (!table.present()) return;
  table.read("schema_file", options.schema_file);
  if (options.schema_file.empty()) table.problem("schema_file", "is needed: what mariadb-dump --no-data or pg_dump --schema-only writes of the database Debezium reads");
  read_word(table, "database", options.database, {{"mariadb", connectors::DatabaseKind::kMariaDb}, {"postgres", connectors::DatabaseKind::kPostgres}});
  table.read("table_prefix", options.table_prefix);
  read_word(table, "decimals", options.modes.decimals,
            {{"precise", DebeziumModes::Decimals::kPrecise}, {"string", DebeziumModes::Decimals::kString}, {"double", DebeziumModes::Decimals::kDouble}});
  read_word(table, "times", options.modes.times,
            {{"adaptive", DebeziumModes::Times::kAdaptive},
             {"adaptive_time_microseconds", DebeziumModes::Times::kAdaptiveMicroseconds},
             {"connect", DebeziumModes::Times::kConnect}});
  read_word(table, "binary", options.modes.binary,
            {{"base64", DebeziumModes::Binary::kBase64}, {"base64-url-safe", DebeziumModes::Binary::kBase64Url}, {"hex", DebeziumModes::Binary::kHex}});
  table.finish();
}

void read_kafka_source(TableReader table, connectors::KafkaSourceOptions& options, const KafkaSecretReader& secret) {
  if (!table.present()) return table.problem("brokers", "is needed: [source.kafka] says which brokers to read");
  options.connection.named = "source.kafka";
  read_connection(table, options.connection, secret);
  table.read("topics", options.topics);
  if (options.topics.find(kTable) == std::string::npos || options.topics.find(kTable) != options.topics.rfind(kTable)) {
    table.problem("topics", "is needed, with {table} once where the table's name stands: \"shop.craft.craft_{table}\"");
  }
  table.read("transaction_topic", options.transaction_topic);
  table.read("allow_trimmed_topics", options.allow_trimmed_topics);
  std::int64_t wait = options.transaction_wait.count();
  table.read("transaction_wait_ms", wait, 10, 600'000);
  options.transaction_wait = std::chrono::milliseconds(wait);
  table.finish();
}

void read_sink(TableReader table, connectors::KafkaSinkOptions& options, const KafkaSecretReader& secret) {
  if (!table.present()) return;
  auto kafka = table.table("kafka");
  if (kafka.present()) {
    options.connection.named = "sink.kafka";
    read_connection(kafka, options.connection, secret);
    kafka.read("topic", options.topic);
    if (options.topic.empty()) kafka.problem("topic", "is needed: where changes are published");
    kafka.read("sensitive", options.sensitive);
    kafka.read("in_flight", options.in_flight, 1, 100'000);
    read_word(kafka, "from", options.from_now, {{"beginning", false}, {"now", true}});
    kafka.finish();
  }
  table.finish();
}

}  // namespace app
