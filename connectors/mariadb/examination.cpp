#include "connectors/mariadb/examination.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace connectors {

using engine::Result;
using State = DoctorCheck::State;

namespace {

using Variables = std::map<std::string, std::string>;

Result<Variables> read_variables(MariaDbConnection& connection) {
  auto rows = connection.query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN "
      "('log_bin','binlog_format','binlog_row_image','binlog_row_metadata','binlog_checksum','server_id')");
  if (!rows) return rows.take_error();
  Variables out;
  for (const auto& row : *rows) out[row[0].value_or("")] = row[1].value_or("");
  return out;
}

void examine_variables(Variables& have, const MariaDbOptions& options, std::vector<DoctorCheck>& out) {
  out.push_back(check("log_bin", have["log_bin"] == "ON", "the binlog is on",
                      "the binlog is off; it needs a restart with log_bin=binlog in the server's configuration file", ""));
  auto wants = [&](const std::string& name, const std::string& value) {
    out.push_back(check(name, have[name] == value, name + " is " + value, name + " is " + have[name] + ", not " + value,
                        "SET GLOBAL " + name + "=" + value + ";"));
  };
  wants("binlog_format", "ROW");
  wants("binlog_row_image", "FULL");
  wants("binlog_row_metadata", "FULL");
  if (out.back().state == State::kFailed) {  // information_schema fills in, except for a table altered while nobody read
    out.back().state = State::kWarning;
    out.back().message += ": column names come from information_schema, so a table altered while Millrace is away cannot be read";
  }
  wants("binlog_checksum", "CRC32");
  if (out.back().state == State::kFailed) {
    out.back().state = State::kWarning;
    out.back().message += ": a damaged binlog is not noticed";
  }
  out.push_back(check("server_id", have["server_id"] != std::to_string(options.server_id), "our server_id is not the server's",
                      "the server itself has our server_id " + have["server_id"] + "; configure another for this source", ""));
}

/// `privileges` ("SELECT, REPLICATION SLAVE ADMIN") has `word` as one of its members, not as a part of one.
bool holds(std::string_view privileges, std::string_view word) {
  constexpr std::string_view kBetween = ", ";
  for (;;) {
    const auto end = std::min(privileges.find(kBetween), privileges.size());
    if (privileges.substr(0, end) == word) return true;
    if (end == privileges.size()) return false;
    privileges.remove_prefix(end + kBetween.size());
  }
}

/// Some grant line on `*.*` (or the database) that holds one of the privileges.
bool granted(const std::vector<MariaDbConnection::TextRow>& grants, std::initializer_list<std::string_view> words, const std::string& database) {
  return std::any_of(grants.begin(), grants.end(), [&](const auto& row) {
    std::string line = row[0].value_or("");
    std::erase(line, '\\');  // a wildcard's quoting in database names
    const bool everywhere = line.find(" ON *.* ") != std::string::npos;
    const bool here = !database.empty() && line.find(" ON `" + database + "`.* ") != std::string::npos;
    if (!everywhere && !here) return false;
    const auto privileges = std::string_view(line).substr(0, line.find(" ON ")).substr(std::string_view("GRANT ").size());
    if (holds(privileges, "ALL PRIVILEGES")) return true;
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return holds(privileges, word); });
  });
}

Result<void> examine_privileges(MariaDbConnection& connection, const MariaDbOptions& options, std::vector<DoctorCheck>& out) {
  auto grants = connection.query("SHOW GRANTS");
  if (!grants) return grants.take_error();
  auto who = connection.value("SELECT CURRENT_USER()");
  if (!who) return who.take_error();
  const auto at = who->rfind('@');
  const auto to = " TO " + connection.quoted(who->substr(0, at)) + "@" + connection.quoted(at == std::string::npos ? "%" : who->substr(at + 1)) + ";";
  auto need = [&](const std::string& name, std::initializer_list<std::string_view> words, const std::string& database, const std::string& grant) {
    out.push_back(check("privilege_" + name, granted(*grants, words, database), grant + " is granted", grant + " is not granted", "GRANT " + grant + to));
  };
  need("replication_slave", {"REPLICATION SLAVE"}, "", "REPLICATION SLAVE ON *.*");
  need("binlog_monitor", {"BINLOG MONITOR", "REPLICATION CLIENT"}, "", "BINLOG MONITOR ON *.*");
  need("select", {"SELECT"}, options.database, "SELECT ON " + quoted_name(options.database) + ".*");
  return engine::ok();
}

void examine_replicas(MariaDbConnection& connection, const MariaDbOptions& options, std::vector<DoctorCheck>& out) {
  auto replicas = connection.query("SHOW SLAVE HOSTS");
  if (!replicas) return;  // the question needs a privilege that nothing else needs
  const auto ours = std::to_string(options.server_id);
  const bool clash = std::any_of(replicas->begin(), replicas->end(), [&](const auto& row) { return row[0] == ours; });
  if (!clash) return;
  out.push_back({"server_id_in_use", State::kWarning,
                 "a replica with our server_id " + ours + " is connected: this source already running, or another one that needs an id of its own", ""});
}

/// What the server says of a position.
struct Standing {
  std::string server;              // its id
  std::string there;               // GTIDs at the position's place; empty where it has no such place
  std::string oldest;              // GTIDs before its oldest file
  std::vector<std::string> files;  // oldest first; never empty
};

Result<Standing> read_standing(MariaDbConnection& connection, const BinlogPosition& position) {
  const auto gtids_at = [&](const std::string& file, std::uint64_t offset) {
    return connection.value("SELECT BINLOG_GTID_POS(" + connection.quoted(file) + "," + std::to_string(offset) + ")");
  };
  Standing out;
  auto server = connection.value("SELECT @@global.server_id");
  if (!server) return server.take_error();
  out.server = std::move(*server);
  auto there = gtids_at(position.file, position.offset);
  if (!there) return there.take_error();
  out.there = std::move(*there);
  auto logs = connection.query("SHOW BINARY LOGS");
  if (!logs) return logs.take_error();
  if (logs->empty()) return engine::fail(engine::Errc::kUnavailable, "the server names no binlog file");
  for (const auto& row : *logs) out.files.push_back(row[0].value_or(""));
  auto oldest = gtids_at(out.files.front(), 4);
  if (!oldest) return oldest.take_error();
  out.oldest = std::move(*oldest);
  return out;
}

/// Our file holds our GTIDs at our place; where it is purged, it was one of this server's: older than those kept, and something was
/// logged before these. A binlog begun anew counts its files and GTIDs from the start, and may well have outrun ours.
bool same_history(const Standing& standing, const BinlogPosition& position) {
  const bool kept = std::find(standing.files.begin(), standing.files.end(), position.file) != standing.files.end();
  if (!kept) return compare_files(position.file, standing.files.front()) < 0 && (position.gtids.empty() || !standing.oldest.empty());
  const auto found = parse_gtids(standing.there);
  return found && *found == position.gtids;
}

}  // namespace

Result<std::vector<DoctorCheck>> examine_settings(MariaDbConnection& connection, const MariaDbOptions& options) {
  std::vector<DoctorCheck> out;
  auto variables = read_variables(connection);
  if (!variables) return variables.take_error();
  examine_variables(*variables, options, out);
  if (auto asked = examine_privileges(connection, options, out); !asked) return asked.take_error();
  auto exists = connection.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME=" + connection.quoted(options.database));
  if (!exists) return exists.take_error();
  out.push_back(check("database", *exists == "1", "database " + options.database + " is there",
                      "database " + options.database + " does not exist or may not be seen", ""));
  examine_replicas(connection, options, out);
  return out;
}

Result<std::vector<DoctorCheck>> examine_position(MariaDbConnection& connection, const BinlogPosition& position) {
  auto standing = read_standing(connection, position);
  if (!standing) return standing.take_error();
  const auto wanted = print_gtids(position.gtids);
  const bool same = standing->server == std::to_string(position.server_id) && same_history(*standing, position);
  std::vector<DoctorCheck> out;
  out.push_back(check("same_server", same, "the server is the one our position belongs to",
                      "another server (or another history) answers at this address: we stopped at GTID " + wanted + " of server " +
                          std::to_string(position.server_id) + " in " + position.file + ", server " + standing->server + " has GTID " +
                          standing->there + " there and begins with " + standing->files.front() + "; a new snapshot is needed",
                      ""));
  const auto begins = parse_gtids(standing->oldest);
  const bool reaches = begins && std::all_of(begins->begin(), begins->end(), [&](const Gtid& first) {
    return std::any_of(position.gtids.begin(), position.gtids.end(), [&](const Gtid& ours) { return ours.domain == first.domain && ours.sequence >= first.sequence; });
  });
  out.push_back(check("log_reaches_back", reaches, "the binlog still holds everything behind our position",
                      "the binlog was purged: it begins behind GTID " + standing->oldest + ", we stopped at " + wanted + "; a new snapshot is needed",
                      "SET GLOBAL binlog_expire_logs_seconds=604800;"));
  return out;
}

Result<BinlogPosition> current_position(MariaDbConnection& connection) {
  auto status = connection.query("SHOW MASTER STATUS");
  if (!status) return status.take_error();
  if (status->empty()) return engine::fail(engine::Errc::kUnsupported, "the binlog is off; switch log_bin on in the server's configuration file");
  BinlogPosition out;
  out.file = status->front()[0].value_or("");
  const auto offset = status->front()[1].value_or("");
  std::from_chars(offset.data(), offset.data() + offset.size(), out.offset);
  auto gtids = connection.value("SELECT BINLOG_GTID_POS(" + connection.quoted(out.file) + "," + offset + ")");
  if (!gtids) return gtids.take_error();
  auto parsed = parse_gtids(*gtids);
  if (!parsed) return parsed.take_error();
  out.gtids = std::move(*parsed);
  auto server = connection.value("SELECT @@global.server_id");
  if (!server) return server.take_error();
  std::from_chars(server->data(), server->data() + server->size(), out.server_id);
  return out;
}

}  // namespace connectors
