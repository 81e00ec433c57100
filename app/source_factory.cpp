#include "app/source_factory.h"

#include "connectors/mariadb/doctor.h"
#include "connectors/mariadb/mariadb_source.h"
#include "connectors/mariadb/retention_probe.h"
#include "connectors/postgres/doctor.h"
#include "connectors/postgres/postgres_source.h"
#include "connectors/postgres/wal_budget.h"

namespace app {

std::unique_ptr<connectors::Source> make_source(const Config& config, const std::string& name, const std::set<std::string>& tables) {
  const auto placed = [&](auto options) {
    options.name = name;
    options.tables = tables;
    return options;
  };
  if (config.source_kind == SourceKind::kPostgres) return std::make_unique<connectors::PostgresSource>(placed(config.postgres));
  return std::make_unique<connectors::MariaDbSource>(placed(config.source));
}

std::vector<connectors::DoctorCheck> examine_source(const Config& config, const std::set<std::string>& tables, const std::optional<feed::SourcePosition>& from) {
  if (config.source_kind != SourceKind::kPostgres) return connectors::examine_mariadb(config.source, from);
  auto options = config.postgres;
  options.tables = tables;
  return connectors::examine_postgres(options, from);
}

std::unique_ptr<connectors::RetentionWatch> make_retention_watch(const Config& config, engine::telemetry::IncidentSink& incidents) {
  if (config.source_kind == SourceKind::kPostgres) return std::make_unique<connectors::WalBudget>(config.postgres, incidents);
  return std::make_unique<connectors::RetentionProbe>(config.source);
}

}  // namespace app
