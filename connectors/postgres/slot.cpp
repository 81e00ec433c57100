#include "connectors/postgres/slot.h"

#include <charconv>
#include <set>

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

std::string table_list(const PostgresOptions& options, const std::vector<std::string>& tables) {
  std::string out;
  for (const auto& table : tables) out.append(out.empty() ? "" : ", ").append(quoted_name(options.schema) + "." + quoted_name(options.table_prefix + table));
  return out;
}

std::vector<std::string> names_of(const std::vector<TableShape>& tables) {
  std::vector<std::string> out;
  for (const auto& shape : tables) out.push_back(shape.table.name);
  return out;
}

/// The tables of the publication that come whole.
Result<std::set<std::string>> published(Connection& connection, const PostgresOptions& options) {
  std::set<std::string> out;
  auto done = connection.query_rows(
      "SELECT p.tablename FROM pg_catalog.pg_publication_tables p WHERE p.pubname = " + quoted(options.publication) + " AND p.schemaname = " +
          quoted(options.schema) + " AND p.rowfilter IS NULL AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel r"
          " JOIN pg_catalog.pg_publication b ON b.oid = r.prpubid WHERE b.pubname = p.pubname AND r.prattrs IS NOT NULL AND r.prrelid = "
          "(pg_catalog.quote_ident(p.schemaname) || '.' || pg_catalog.quote_ident(p.tablename))::regclass)",
      [&](Connection::RowView row) {
        const auto name = row[0].value_or("");
        if (name.starts_with(options.table_prefix)) out.emplace(name.substr(options.table_prefix.size()));
      });
  if (!done) return done.take_error();
  return out;
}

}  // namespace

Result<std::optional<SlotState>> read_slot(Connection& connection, const std::string& slot) {
  auto rows = connection.query(
      "SELECT plugin, database, active_pid, confirmed_flush_lsn, wal_status, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::bigint"
      " FROM pg_catalog.pg_replication_slots WHERE slot_name = " + quoted(slot));
  if (!rows) return rows.take_error();
  if (rows->empty()) return std::optional<SlotState>();
  const auto& row = rows->front();
  SlotState out;
  out.plugin = row[0].value_or("");
  out.database = row[1].value_or("");
  if (row[2]) out.holder = std::atoi(row[2]->c_str());
  const auto confirmed = parse_lsn(row[3].value_or(""));
  out.lost = row[4] == "lost" || !confirmed || !row[5];
  if (confirmed) out.confirmed = *confirmed;
  const auto bytes = row[5].value_or("0");
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), out.retained_bytes);
  return std::optional(std::move(out));
}

Result<Lsn> create_slot(Connection& connection, const std::string& slot) {
  auto place = connection.value("SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot(" + quoted(slot) + ", 'pgoutput')");
  if (!place) return place.take_error();
  return parse_lsn(*place);
}

Result<void> drop_slot(Connection& connection, const std::string& slot, bool from_holder) {
  constexpr int kTries = 20;  // who was cut off needs a moment to let go
  for (int i = 1;; ++i) {
    if (from_holder) {
      auto cut = connection.execute("SELECT pg_catalog.pg_terminate_backend(active_pid, 500) FROM pg_catalog.pg_replication_slots WHERE active_pid IS NOT NULL AND slot_name = " + quoted(slot));
      if (!cut) return cut;
    }
    auto dropped = connection.execute("SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = " + quoted(slot));
    if (dropped || dropped.error().code == Errc::kNotFound) return engine::ok();
    if (!from_holder || dropped.error().code != Errc::kUnavailable || i == kTries) return dropped;
  }
}

// ReplicationStream sends the server's clock as it last heard it in the place of its own, so both sides of the comparison are of one clock.
Result<void> release_from_the_dead(Connection& connection, const std::string& slot, std::chrono::milliseconds silence) {
  const auto since = "pg_catalog.clock_timestamp() - interval '" + std::to_string(silence.count()) + " milliseconds'";
  return connection.execute(
      "SELECT pg_catalog.pg_terminate_backend(r.pid) FROM pg_catalog.pg_stat_replication r JOIN pg_catalog.pg_replication_slots s ON s.active_pid = r.pid"
      " WHERE s.slot_name = " + quoted(slot) + " AND r.usename = CURRENT_USER AND r.application_name = pg_catalog.current_setting('application_name')"
      " AND r.client_addr IS NOT DISTINCT FROM pg_catalog.inet_client_addr() AND r.backend_start < " + since +
      " AND COALESCE(r.reply_time, r.backend_start) < " + since);  // who died before its first report never sends one
}

Result<PublicationGap> examine_publication(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables) {
  const auto name = quoted_name(options.publication);
  auto rows = connection.query("SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate FROM pg_catalog.pg_publication WHERE pubname = " + quoted(options.publication));
  if (!rows) return rows.take_error();
  if (rows->empty()) {
    const auto list = table_list(options, names_of(tables));
    return PublicationGap{"there is no publication " + options.publication,
                          "CREATE PUBLICATION " + name + (list.empty() ? "" : " FOR TABLE " + list) + " WITH (publish_via_partition_root = true)"};
  }
  if (rows->front()[0] != "t") {
    return PublicationGap{"publication " + options.publication + " leaves out a kind of change",
                          "ALTER PUBLICATION " + name + " SET (publish = 'insert, update, delete, truncate')"};
  }
  auto have = published(connection, options);
  if (!have) return have.take_error();
  std::vector<std::string> missing;
  for (const auto& table : names_of(tables)) {
    if (!have->contains(table)) missing.push_back(table);
  }
  if (missing.empty()) return PublicationGap{};
  const auto list = table_list(options, missing);
  return PublicationGap{"publication " + options.publication + " lacks tables, or has parts of them only", "ALTER PUBLICATION " + name + " ADD TABLE " + list};
}

Result<void> ensure_publication(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables) {
  constexpr int kSteps = 3;  // create, complete, look again
  for (int i = 0; i < kSteps; ++i) {
    auto gap = examine_publication(connection, options, tables);
    if (!gap) return gap.take_error();
    if (gap->sql.empty()) return engine::ok();
    auto mended = connection.execute(gap->sql);
    if (!mended && mended.error().code == Errc::kUnavailable) return mended;
    if (!mended) return fail(Errc::kUnsupported, gap->what + ", and we may not mend it (" + mended.error().detail + "); as owner of the tables: " + gap->sql + ";");
  }
  return fail(Errc::kUnsupported, "publication " + options.publication + " has row filters or column lists for captured tables; drop it: DROP PUBLICATION " +
                                      quoted_name(options.publication) + ";");
}

}  // namespace connectors::postgres
