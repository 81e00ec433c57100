#include "tests/support/postgres_server.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace test {
namespace {

[[noreturn]] void give_up(std::string_view what, std::string_view why) {
  std::fprintf(stderr, "PostgresServer: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(why.size()), why.data());
  std::abort();
}

/// Lines that begin with \restrict or \unrestrict, which newer clients write and older ones do not know.
std::string without_meta_commands(std::string text) {
  for (const char* command : {"\\restrict ", "\\unrestrict "}) {
    for (auto at = text.find(command); at != std::string::npos; at = text.find(command, at + 1)) {
      if (at > 0 && text[at - 1] != '\n') continue;
      text.erase(at, text.find('\n', at) - at);
    }
  }
  return text;
}

}  // namespace

PostgresServer::PostgresServer(std::vector<std::string> extra) {
  auto started = app::demo::LocalPostgres::start(directory_.path() / "server", std::move(extra));
  if (!started) give_up("start", started.error().detail);
  server_ = std::move(*started);
}

std::unique_ptr<PostgresServer> PostgresServer::make_standby() {
  std::unique_ptr<PostgresServer> standby(new PostgresServer(NotStarted{}));
  const auto home = standby->directory_.path() / "server";
  std::filesystem::create_directory(home);
  const auto programs = value("SELECT setting FROM pg_config WHERE name = 'BINDIR'");
  const auto log = standby->directory_.path() / "backup.log";
  auto command = "'" + programs + "/pg_basebackup' -h '" + socket_directory() + "' -p " + std::to_string(port()) + " -U admin -D '" + (home / "data").string() +
                 "' -R --checkpoint=fast --no-sync >'" + log.string() + "' 2>&1";
  if (::geteuid() == 0) command += " && chown -R postgres '" + home.string() + "'";  // the server's user
  if (std::system(command.c_str()) != 0) give_up("make_standby", read_file(log));
  auto started = app::demo::LocalPostgres::start(home);
  if (!started) give_up("make_standby", started.error().detail);
  standby->server_ = std::move(*started);
  return standby;
}

void PostgresServer::promote() {
  if (value("SELECT pg_promote(true, 60)") != "t") give_up("promote", "it takes too long");
}

PostgresServer::~PostgresServer() { disconnect(); }

pg_conn* PostgresServer::connection(const std::string& database) {
  auto& known = connections_[database];
  if (known) return known;
  const auto where = "host='" + socket_directory() + "' port=" + std::to_string(port()) + " user=admin dbname=" + database;
  known = PQconnectdb(where.c_str());
  if (PQstatus(known) != CONNECTION_OK) give_up("connect", PQerrorMessage(known));
  PQsetNoticeProcessor(known, [](void*, const char*) {}, nullptr);
  return known;
}

void PostgresServer::disconnect() {
  for (auto& [database, connection] : connections_) PQfinish(connection);
  connections_.clear();
}

std::vector<PostgresServer::TextRow> PostgresServer::query(std::string_view sql, const std::string& database) {
  auto* const db = connection(database);
  PGresult* const result = PQexec(db, std::string(sql).c_str());
  const auto status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) give_up(sql.substr(0, 300), PQerrorMessage(db));
  std::vector<TextRow> rows(static_cast<std::size_t>(PQntuples(result)));
  for (int i = 0; i < PQntuples(result); ++i) {
    for (int column = 0; column < PQnfields(result); ++column) {
      const bool null = PQgetisnull(result, i, column);
      rows[static_cast<std::size_t>(i)].push_back(null ? std::nullopt : std::optional<std::string>(PQgetvalue(result, i, column)));
    }
  }
  PQclear(result);
  return rows;
}

std::string PostgresServer::value(std::string_view sql, const std::string& database) {
  const auto rows = query(sql, database);
  return rows.empty() || rows[0].empty() ? std::string() : rows[0][0].value_or("");
}

void PostgresServer::load_sql(std::string text, const std::string& database) {
  const auto errors = directory_.path() / "client.log";
  const auto command = "psql -X -q -v ON_ERROR_STOP=1 -h '" + socket_directory() + "' -p " + std::to_string(port()) + " -U admin -d " + database + " >'" +
                       errors.string() + "' 2>&1";
  FILE* client = popen(command.c_str(), "w");
  if (!client) give_up("load_sql", "no psql client program");
  text = without_meta_commands(std::move(text));
  const auto written = std::fwrite(text.data(), 1, text.size(), client);
  if (pclose(client) != 0 || written != text.size()) give_up("load_sql", read_file(errors));
}

void PostgresServer::create_database(const std::string& name) {
  const auto here = "database = '" + name + "'";
  execute("SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE active_pid IS NOT NULL AND " + here);
  execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE " + here);
  const auto own = connections_.find(name);
  if (own != connections_.end()) {
    PQfinish(own->second);
    connections_.erase(own);
  }
  execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  execute("CREATE DATABASE " + name);
}

void PostgresServer::restart(std::vector<std::string> extra) {
  disconnect();
  auto restarted = server_->restart(std::move(extra));
  if (!restarted) give_up("restart", restarted.error().detail);
}

void PostgresServer::stop() {
  disconnect();
  server_->stop();
}

void PostgresServer::kill() {
  disconnect();
  server_->kill();
}

}  // namespace test
