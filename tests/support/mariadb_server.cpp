#include "tests/support/mariadb_server.h"

#include <mysql.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace test {
namespace {

[[noreturn]] void give_up(std::string_view what, std::string_view why) {
  std::fprintf(stderr, "MariaDbServer: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(why.size()), why.data());
  std::abort();
}

}  // namespace

MariaDbServer::MariaDbServer(std::vector<std::string> extra) {
  auto started = app::demo::LocalMariaDb::start(directory_.path() / "server", std::move(extra));
  if (!started) give_up("start", started.error().detail);
  server_ = std::move(*started);
}

MariaDbServer::~MariaDbServer() { disconnect(); }

st_mysql* MariaDbServer::connection() {
  if (connection_) return connection_;
  connection_ = mysql_init(nullptr);
  mysql_options(connection_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(connection_, MYSQL_INIT_COMMAND, "SET time_zone='+00:00'");
  if (!mysql_real_connect(connection_, nullptr, "root", "", nullptr, 0, socket().c_str(), 0)) give_up("connect", mysql_error(connection_));
  return connection_;
}

void MariaDbServer::disconnect() {
  if (connection_) mysql_close(connection_);
  connection_ = nullptr;
}

std::vector<MariaDbServer::TextRow> MariaDbServer::query(std::string_view sql) {
  auto* db = connection();
  if (mysql_real_query(db, sql.data(), sql.size())) give_up(sql.substr(0, 300), mysql_error(db));
  std::vector<TextRow> rows;
  if (MYSQL_RES* result = mysql_store_result(db)) {
    const auto columns = mysql_num_fields(result);
    while (MYSQL_ROW row = mysql_fetch_row(result)) {
      const auto* lengths = mysql_fetch_lengths(result);
      auto& out = rows.emplace_back();
      for (unsigned i = 0; i < columns; ++i) {
        out.push_back(row[i] ? std::optional<std::string>(std::in_place, row[i], lengths[i]) : std::nullopt);
      }
    }
    mysql_free_result(result);
  }
  return rows;
}

void MariaDbServer::execute(std::string_view sql) { query(sql); }

std::string MariaDbServer::value(std::string_view sql) {
  const auto rows = query(sql);
  return rows.empty() || rows[0].empty() ? std::string() : rows[0][0].value_or("");
}

void MariaDbServer::load_sql(std::string_view text, const std::string& database) {
  const auto errors = directory_.path() / "client.log";
  auto command = "mariadb --no-defaults --default-character-set=utf8mb4 --max-allowed-packet=256M --user=root --socket='" + socket() + "' " +
                 (database.empty() ? "" : "'" + database + "'") + " >'" + errors.string() + "' 2>&1";
  FILE* client = popen(command.c_str(), "w");
  if (!client) give_up("load_sql", "no mariadb client program");
  const auto written = std::fwrite(text.data(), 1, text.size(), client);
  if (pclose(client) != 0 || written != text.size()) give_up("load_sql", read_file(errors));
}

void MariaDbServer::restart(std::vector<std::string> extra) {
  disconnect();
  auto restarted = server_->restart(std::move(extra));
  if (!restarted) give_up("restart", restarted.error().detail);
}

void MariaDbServer::stop() {
  disconnect();
  server_->stop();
}

void MariaDbServer::kill() {
  disconnect();
  server_->kill();
}

}  // namespace test
