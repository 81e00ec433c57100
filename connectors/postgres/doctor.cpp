#include "connectors/postgres/doctor.h"

#include "connectors/postgres/examination.h"
#include "connectors/postgres/slot.h"

namespace connectors {

namespace {

using State = DoctorCheck::State;

void append(std::vector<DoctorCheck>& checks, const char* name, engine::Result<std::vector<DoctorCheck>> answers) {
  if (!answers) return checks.push_back({name, State::kFailed, answers.error().detail, ""});
  checks.insert(checks.end(), answers->begin(), answers->end());
}

DoctorCheck publication_check(postgres::Connection& connection, const PostgresOptions& options, const std::vector<postgres::TableShape>& tables) {
  const auto gap = postgres::examine_publication(connection, options, tables);
  if (!gap) return {"publication", State::kFailed, gap.error().detail, ""};
  if (gap->sql.empty()) return {"publication", State::kOk, "publication " + options.publication + " has every captured table", ""};
  return {"publication", State::kWarning, gap->what + "; it is mended at start where " + options.user + " owns the tables", gap->sql + ";"};
}

}  // namespace

std::vector<DoctorCheck> examine_postgres(const PostgresOptions& options, const std::optional<feed::SourcePosition>& from) {
  StopSignal stop;
  auto connection = postgres::Connection::open(options, stop, postgres::Connection::Purpose::kQueries);
  if (!connection) return {{"connection", State::kFailed, connection.error().detail, ""}};
  std::vector<DoctorCheck> checks{{"connection", State::kOk, "connected as " + options.user, ""}};
  auto tables = postgres::SchemaReader(**connection, options).read({options.tables.begin(), options.tables.end()});
  if (!tables) {
    checks.push_back({"tables", State::kFailed, tables.error().detail, ""});
    return checks;
  }
  append(checks, "settings", postgres::examine_settings(**connection, options, *tables));
  checks.push_back(publication_check(**connection, options, *tables));
  if (!from) return checks;
  const auto position = postgres::parse_wal_position(from->token);
  if (!position) {
    checks.push_back({"same_server", State::kFailed, "the stored position is not one of a PostgreSQL source", ""});
    return checks;
  }
  append(checks, "same_server", postgres::examine_position(**connection, options, *position));
  return checks;
}

}  // namespace connectors
