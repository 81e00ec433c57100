#include "app/demo/sql_session.h"

#include <mysql.h>

#include "app/demo/postgres_session.h"

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

class MariaDbSession final : public SqlSession {
 public:
  ~MariaDbSession() override { mysql_close(&mysql_); }
  Result<void> open(const SqlAddress& address);
  Result<std::vector<SqlRow>> rows(std::string_view statement) override;
  std::string quote(std::string_view text) const override;
  Result<void> enter(const std::string& database) override;
  Result<void> make_tables(std::string_view script) override { return run_script(script); }
  Result<void> ids_were_given() override { return engine::ok(); }
  Result<void> set_now(std::optional<std::int64_t> seconds) override {
    return run(seconds ? "SET timestamp = " + std::to_string(*seconds) : std::string("SET timestamp = DEFAULT"));
  }

 private:
  mutable MYSQL mysql_{};
};

Result<void> MariaDbSession::open(const SqlAddress& address) {
  if (!mysql_init(&mysql_)) return fail(Errc::kUnavailable, "no memory for a database connection");
  mysql_options(&mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(&mysql_, MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'");
  const unsigned seconds = 10;
  mysql_options(&mysql_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  const auto* socket = address.socket.empty() ? nullptr : address.socket.c_str();
  const auto* host = socket ? nullptr : address.host.c_str();  // a host name would win over the socket
  const auto* database = address.database.empty() ? nullptr : address.database.c_str();
  if (!mysql_real_connect(&mysql_, host, address.user.c_str(), address.password.c_str(), database, address.port, socket, 0)) {
    return fail(Errc::kUnavailable, mysql_error(&mysql_));
  }
  return engine::ok();
}

Result<void> MariaDbSession::enter(const std::string& database) {
  auto made = run("CREATE DATABASE IF NOT EXISTS `" + database + "` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
  return made ? run("USE `" + database + "`") : made;
}

Result<std::vector<SqlRow>> MariaDbSession::rows(std::string_view statement) {
  auto* mysql = &mysql_;
  if (mysql_real_query(mysql, statement.data(), statement.size()) != 0) return fail(Errc::kConflict, mysql_error(mysql));
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(mysql), &mysql_free_result);
  std::vector<SqlRow> rows;
  if (!result) {
    if (mysql_errno(mysql) != 0) return fail(Errc::kConflict, mysql_error(mysql));
    return rows;
  }
  const auto columns = mysql_num_fields(result.get());
  while (auto* fields = mysql_fetch_row(result.get())) {
    const auto* lengths = mysql_fetch_lengths(result.get());
    auto& row = rows.emplace_back(columns);
    for (unsigned i = 0; i < columns; ++i) {
      if (fields[i]) row[i].emplace(fields[i], lengths[i]);
    }
  }
  return rows;
}

std::string MariaDbSession::quote(std::string_view text) const {
  std::string escaped(text.size() * 2 + 1, '\0');
  escaped.resize(mysql_real_escape_string(&mysql_, escaped.data(), text.data(), text.size()));
  return "'" + escaped + "'";
}

}  // namespace

Result<std::unique_ptr<SqlSession>> SqlSession::connect(const SqlAddress& address) {
  if (address.kind == SqlKind::kPostgres) return connect_postgres(address);
  auto session = std::make_unique<MariaDbSession>();
  if (auto opened = session->open(address); !opened) return opened.take_error();
  return session;
}

Result<void> SqlSession::run(std::string_view statement) {
  auto ignored = rows(statement);
  if (!ignored) return ignored.take_error();
  return engine::ok();
}

Result<void> SqlSession::run_script(std::string_view script) {
  std::string statement;
  while (!script.empty()) {
    const auto end = script.find('\n');
    const auto line = script.substr(0, end);
    script = end == std::string_view::npos ? std::string_view{} : script.substr(end + 1);
    if (line.starts_with("--") || line.empty()) continue;
    statement.append(line).push_back('\n');
    if (!line.ends_with(';')) continue;
    if (auto done = run(statement); !done) return fail(done.error().code, done.error().detail + " in: " + statement.substr(0, 120));
    statement.clear();
  }
  return statement.empty() ? engine::ok() : run(statement);
}

Result<std::int64_t> SqlSession::number(std::string_view statement) {
  auto found = rows(statement);
  if (!found) return found.take_error();
  if (found->empty() || found->front().empty() || !found->front().front()) return fail(Errc::kNotFound, "no row");
  return static_cast<std::int64_t>(std::strtoll(found->front().front()->c_str(), nullptr, 10));
}

}  // namespace app::demo
