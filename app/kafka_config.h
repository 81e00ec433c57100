#pragma once
// The tables [source.kafka], [source.debezium] and [sink.kafka] of millrace.toml.

#include <functional>
#include <string>

#include "app/config_reader.h"
#include "connectors/kafka/kafka_options.h"

namespace app {

/// Reads KEY, KEY_file or KEY_env.
using KafkaSecretReader = std::function<engine::Secret(TableReader& table, const std::string& key)>;

void read_debezium(TableReader table, connectors::DebeziumOptions& options);
void read_kafka_source(TableReader table, connectors::KafkaSourceOptions& options, const KafkaSecretReader& secret);
/// `table` is [sink].
void read_sink(TableReader table, connectors::KafkaSinkOptions& options, const KafkaSecretReader& secret);

}  // namespace app
