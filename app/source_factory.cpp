#include "app/source_factory.h"

#include "connectors/kafka/kafka_source.h"
#include "connectors/mariadb/doctor.h"
#include "connectors/mariadb/mariadb_source.h"
#include "connectors/mariadb/retention_probe.h"
#include "connectors/postgres/doctor.h"
#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/wal_budget.h"
#include "engine/runtime/timers.h"

namespace app {

namespace {

// What a start would do first: brokers, permissions, topics, and whether the stored position still stands.
std::vector<connectors::DoctorCheck> examine_kafka(const Config& config, const std::optional<feed::SourcePosition>& from) {
  const engine::SystemTimers clock;
  connectors::KafkaSource source(config.kafka, clock);
  auto connected = source.connect(from);
  connectors::DoctorCheck check;
  check.name = "kafka";
  check.state = connected ? connectors::DoctorCheck::State::kOk : connectors::DoctorCheck::State::kFailed;
  check.message = connected ? "the topics " + config.kafka.topics + " can be read" : connected.error().detail;
  return {check};
}

}  // namespace

std::unique_ptr<connectors::Source> make_source(const Config& config, const std::string& name, const std::set<std::string>& tables, const engine::Clock& clock) {
  const auto placed = [&](auto options) {
    options.name = name;
    options.tables = tables;
    return options;
  };
  if (config.source_kind == SourceKind::kPostgres) {
    auto options = placed(config.postgres);
    if (options.streams_in_progress) options.spool_directory = (config.storage.directory / "large-transactions").string();
    return std::make_unique<connectors::PostgresSource>(std::move(options));
  }
  if (config.source_kind == SourceKind::kKafka) return std::make_unique<connectors::KafkaSource>(placed(config.kafka), clock);
  return std::make_unique<connectors::MariaDbSource>(placed(config.source));
}

std::vector<connectors::DoctorCheck> examine_source(const Config& config, const std::set<std::string>& tables, const std::optional<feed::SourcePosition>& from) {
  if (config.source_kind == SourceKind::kMariaDb) return connectors::examine_mariadb(config.source, from);
  if (config.source_kind == SourceKind::kKafka) return examine_kafka(config, from);
  auto options = config.postgres;
  options.tables = tables;
  return connectors::examine_postgres(options, from);
}

std::unique_ptr<connectors::RetentionWatch> make_retention_watch(const Config& config, engine::telemetry::IncidentSink& incidents) {
  if (config.source_kind == SourceKind::kPostgres) return std::make_unique<connectors::WalBudget>(config.postgres, incidents);
  if (config.source_kind == SourceKind::kKafka) return nullptr;
  return std::make_unique<connectors::RetentionProbe>(config.source);
}

}  // namespace app
