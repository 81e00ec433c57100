#pragma once
// What the configuration says about Kafka, as a source and as a sink.

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "connectors/debezium/debezium_options.h"
#include "engine/base/secret.h"

namespace connectors {

/// How brokers are reached.
struct KafkaConnection {
  std::string named = "kafka";       ///< where these fields stand in the configuration ("source.kafka"), for messages
  std::string brokers;               ///< "host:9092,host2:9092"
  std::string protocol = "plaintext";  ///< plaintext, tls, sasl_plaintext, sasl_tls
  std::string sasl_mechanism = "SCRAM-SHA-512";  ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  std::string user;
  engine::Secret password;
  std::string tls_ca;                ///< PEM file; empty: the system's
  std::string tls_certificate;       ///< PEM file of our own certificate, where the broker asks for one
  std::string tls_key;
  engine::Secret tls_key_password;
  bool tls_check_host = true;        ///< the certificate must carry the broker's name
  std::string client_id = "millrace";
  std::map<std::string, std::string> further;  ///< librdkafka's own settings, for what has no name here
};

struct KafkaSourceOptions {
  std::string name = "kafka";        ///< of the source, as it stands in positions (SourcePosition::source)
  KafkaConnection connection;
  std::string topics;                ///< "shop.craft.craft_{table}": a table's topic, {table} its name without the prefix
  std::string transaction_topic;     ///< of provide.transaction.metadata; empty: records are put together by the transaction they name
  bool allow_trimmed_topics = false; ///< a topic whose first records retention has deleted is read from what is left
  DebeziumOptions debezium;
  std::set<std::string> tables;      ///< captured tables, without the prefix; empty: every declared one
  std::size_t partition_records = 2'000;      ///< records of one partition kept here before it is paused
  std::size_t partition_bytes = 16U << 20;    ///< or so many bytes of them
  std::size_t slice_rows = 2'000;             ///< a transaction is cut where it is longer
  std::chrono::milliseconds transaction_wait{5000};  ///< for records of a transaction that its mark announces
  std::chrono::milliseconds timeout{10'000};  ///< of one question to the brokers
};

struct KafkaSinkOptions {
  KafkaConnection connection;
  std::string topic;                 ///< empty: no sink
  bool sensitive = false;            ///< records also hold the parts only elevated scopes may read
  bool from_now = false;             ///< where a sink without a cursor begins: false: at the oldest change there is
  std::size_t in_flight = 5'000;     ///< records sent and not acknowledged
  std::chrono::milliseconds timeout{120'000};  ///< of one record, repeats included; then it is sent again from the cursor
  bool configured() const { return !topic.empty(); }
};

}  // namespace connectors
