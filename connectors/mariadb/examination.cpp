#include "connectors/mariadb/examination.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace connectors {

using engine::Result;
using State = DoctorCheck::State;

namespace {

DoctorCheck check(std::string name, bool fine, std::string good, std::string bad, std::string fix) {
  if (fine) return {std::move(name), State::kOk, std::move(good), ""};
  return {std::move(name), State::kFailed, std::move(bad), std::move(fix)};
}

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

/// Some grant line on `*.*` (or the database) that holds one of the words.
bool granted(const std::vector<MariaDbConnection::TextRow>& grants, std::initializer_list<std::string_view> words, const std::string& database) {
  return std::any_of(grants.begin(), grants.end(), [&](const auto& row) {
    std::string line = row[0].value_or("");
    std::erase(line, '\\');  // a wildcard's quoting in database names
    const bool everywhere = line.find(" ON *.* ") != std::string::npos;
    const bool here = !database.empty() && line.find(" ON `" + database + "`.* ") != std::string::npos;
    if (!everywhere && !here) return false;
    const auto privileges = std::string_view(line).substr(0, line.find(" ON "));
    if (privileges.find("ALL PRIVILEGES") != std::string_view::npos) return true;
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return privileges.find(word) != std::string_view::npos; });
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

std::vector<DoctorCheck> examine_position(MariaDbConnection& connection, const BinlogPosition& position) {
  std::vector<DoctorCheck> out;
  auto server = connection.value("SELECT @@global.server_id");
  auto there = connection.value("SELECT BINLOG_GTID_POS(" + connection.quoted(position.file) + "," + std::to_string(position.offset) + ")");
  auto logs = connection.query("SHOW BINARY LOGS");
  if (!server || !there || !logs || logs->empty()) {
    return {{"same_server", State::kFailed, "the server does not say where its binlog stands", ""}};
  }
  const auto wanted = print_gtids(position.gtids);
  const bool kept = std::any_of(logs->begin(), logs->end(), [&](const auto& row) { return row[0] == position.file; });
  const auto found = parse_gtids(*there);
  const bool same = *server == std::to_string(position.server_id) && (!kept || (found && *found == position.gtids));
  out.push_back(check("same_server", same, "the server is the one our position belongs to",
                      "another server (or another history) answers at this address: we stopped at GTID " + wanted + " of server " +
                          std::to_string(position.server_id) + ", server " + *server + " has GTID " + *there + " there; a new snapshot is needed",
                      ""));
  const auto oldest = connection.value("SELECT BINLOG_GTID_POS(" + connection.quoted(logs->front()[0].value_or("")) + ",4)");
  const auto begins = parse_gtids(oldest ? *oldest : std::string());
  const bool reaches = oldest && begins && std::all_of(begins->begin(), begins->end(), [&](const Gtid& first) {
    return std::any_of(position.gtids.begin(), position.gtids.end(), [&](const Gtid& ours) { return ours.domain == first.domain && ours.sequence >= first.sequence; });
  });
  out.push_back(check("log_reaches_back", reaches, "the binlog still holds everything behind our position",
                      "the binlog was purged: it begins behind GTID " + (oldest ? *oldest : "?") + ", we stopped at " + wanted + "; a new snapshot is needed",
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
