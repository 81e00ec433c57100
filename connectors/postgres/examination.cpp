#include "connectors/postgres/examination.h"

#include <charconv>

#include "connectors/postgres/slot.h"

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;
using State = DoctorCheck::State;

namespace {

int number(const std::optional<std::string>& text) { return text ? std::atoi(text->c_str()) : 0; }

std::string full_name(const PostgresOptions& options, const std::string& table) {
  return quoted_name(options.schema) + "." + quoted_name(options.table_prefix + table);
}

void examine_identities(const PostgresOptions& options, const std::vector<TableShape>& tables, std::vector<DoctorCheck>& out) {
  std::string without, fix;
  for (const auto& shape : tables) {
    const bool named = shape.identity == 'f' || (shape.identity != 'n' && !shape.table.primary_key.empty());
    if (named) continue;
    without.append(without.empty() ? "" : ", ").append(shape.table.name);
    fix.append(fix.empty() ? "" : " ").append("ALTER TABLE " + full_name(options, shape.table.name) + " REPLICA IDENTITY FULL;");
  }
  out.push_back(check("replica_identity", without.empty(), "every captured table says which row was changed",
                      "tables without a replica identity (no primary key): " + without + "; once published, their updates would be refused", fix));
}

Result<void> examine_tables(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables, std::vector<DoctorCheck>& out) {
  const auto schema = quoted_name(options.schema), who = quoted_name(options.user);
  auto there = connection.value("SELECT pg_catalog.has_schema_privilege(oid, 'USAGE') FROM pg_catalog.pg_namespace WHERE nspname = " + quoted(options.schema));
  if (!there) return there.take_error();
  out.push_back(check("schema", *there == "t", "schema " + options.schema + " is there", "schema " + options.schema + " does not exist or may not be used",
                      "GRANT USAGE ON SCHEMA " + schema + " TO " + who + ";"));
  std::string ids = "0";
  for (const auto& shape : tables) ids += "," + std::to_string(shape.id);
  auto hidden = connection.query("SELECT relname FROM pg_catalog.pg_class WHERE oid IN (" + ids + ") AND NOT pg_catalog.has_table_privilege(oid, 'SELECT') ORDER BY 1");
  if (!hidden) return hidden.take_error();
  std::string list;
  for (const auto& row : *hidden) list.append(list.empty() ? "" : ", ").append(row[0].value_or(""));
  out.push_back(check("select", list.empty(), "every captured table may be read", "SELECT is not granted on: " + list,
                      "GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO " + who + ";"));
  examine_identities(options, tables, out);
  return engine::ok();
}

Result<void> examine_server(Connection& connection, const PostgresOptions& options, std::vector<DoctorCheck>& out) {
  auto rows = connection.query(
      "SELECT pg_catalog.current_setting('server_version_num'), pg_catalog.current_setting('wal_level'), "
      "(SELECT rolsuper OR rolreplication OR EXISTS (SELECT FROM pg_catalog.pg_roles m WHERE m.rolname = 'rds_replication' AND pg_catalog.pg_has_role(m.oid, 'member'))"
      " FROM pg_catalog.pg_roles WHERE rolname = current_user), "
      "pg_catalog.current_setting('max_replication_slots')::int - (SELECT count(*) FROM pg_catalog.pg_replication_slots WHERE slot_name <> " +
      quoted(options.slot) + ")");
  if (!rows) return rows.take_error();
  if (rows->empty()) return fail(Errc::kMalformed, "the server does not tell its settings");
  const auto& row = rows->front();
  constexpr int kOldest = 150000, kSlots = 2;
  out.push_back(check("version", number(row[0]) >= kOldest, "PostgreSQL 15 or later", "PostgreSQL " + row[0].value_or("?") + "; 15 or later is needed", ""));
  out.push_back(check("wal_level", row[1] == "logical", "wal_level is logical", "wal_level is " + row[1].value_or("?") + ", not logical",
                      "ALTER SYSTEM SET wal_level = 'logical'; and restart the server"));
  out.push_back(check("replication_role", row[2] == "t", options.user + " may replicate", options.user + " may not replicate",
                      "ALTER ROLE " + quoted_name(options.user) + " REPLICATION;"));
  const int free = number(row[3]);
  out.push_back(check("replication_slots", free >= kSlots, "there is room for our slot and one for snapshots",
                      "room for " + std::to_string(free) + " more replication slots; two are needed, the second for snapshots only",
                      "ALTER SYSTEM SET max_replication_slots = 10; and restart the server"));
  return engine::ok();
}

}  // namespace

Result<std::vector<DoctorCheck>> examine_settings(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables) {
  std::vector<DoctorCheck> out;
  if (auto asked = examine_server(connection, options, out); !asked) return asked.take_error();
  if (auto asked = examine_tables(connection, options, tables, out); !asked) return asked.take_error();
  return out;
}

Result<WalPosition> current_position(Connection& connection) {
  auto standby = connection.value("SELECT pg_catalog.pg_is_in_recovery()");
  if (!standby) return standby.take_error();
  if (*standby == "t") return fail(Errc::kUnavailable, "the server is a standby, or still recovering; it is read once it is promoted");
  auto rows = connection.query(
      "SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system()), pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), "
      "pg_catalog.pg_current_wal_flush_lsn()");
  if (!rows) return rows.take_error();
  WalPosition out;
  const auto file = rows->front()[1].value_or("");
  out.system = rows->front()[0].value_or("");
  std::from_chars(file.data(), file.data() + std::min<std::size_t>(file.size(), 8), out.timeline, 16);  // a file's name begins with it
  auto lsn = parse_lsn(rows->front()[2].value_or(""));
  if (!lsn) return lsn.take_error();
  out.lsn = *lsn;
  return out;
}

Result<std::vector<DoctorCheck>> examine_position(Connection& connection, const PostgresOptions& options, const WalPosition& position) {
  auto now = current_position(connection);
  if (!now) return now.take_error();
  auto slot = read_slot(connection, options.slot);
  if (!slot) return slot.take_error();
  const bool same = now->system == position.system && now->timeline == position.timeline && now->lsn >= position.lsn;
  std::vector<DoctorCheck> out;
  out.push_back(check("same_server", same, "the server is the one our position belongs to",
                      "another server, or another history of it, answers: we stopped at " + print(position) + ", it stands at " + print(*now) + "; a new snapshot is needed", ""));
  const auto state = slot->value_or(SlotState{});
  const bool holds = slot->has_value() && !state.lost && state.confirmed <= position.lsn;
  const char* why = !slot->has_value() ? "there is no replication slot " : state.lost ? "the server has removed WAL that was needed by slot " : "somebody else has read on from slot ";
  out.push_back(check("log_reaches_back", holds, "slot " + options.slot + " still holds everything behind our position",
                      why + options.slot + "; a new snapshot is needed", ""));
  return out;
}

}  // namespace connectors::postgres
