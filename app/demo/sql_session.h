#pragma once
// One plain connection to the sample's database. For the demo and for tests; connectors have their own.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace app::demo {

enum class SqlKind : std::uint8_t { kMariaDb, kPostgres };

/// Where a database server answers. `socket` wins over host and port where it is set (PostgreSQL: the directory it is in, and its port).
struct SqlAddress {
  SqlKind kind = SqlKind::kMariaDb;
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
  std::string socket;
  std::string user = "root";
  std::string password;
  std::string database;  ///< empty: none chosen
};

/// Values as the server prints them; nullopt is NULL.
using SqlRow = std::vector<std::optional<std::string>>;

/// Statements are MariaDB's on either server: what PostgreSQL spells otherwise is translated (postgres_session.h).
///
/// Threads: one at a time. Blocking: everything. Time zone UTC, character set UTF-8.
class SqlSession {
 public:
  /// To the server; a database is chosen by enter(). kUnavailable: no connection; the detail is the server's message and never holds the password.
  static engine::Result<std::unique_ptr<SqlSession>> connect(const SqlAddress& address);
  SqlSession() = default;
  virtual ~SqlSession() = default;
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  /// Runs one statement, its rows thrown away. kConflict: the server refused it; the detail is its message.
  engine::Result<void> run(std::string_view statement);
  /// Runs statements separated by ";" at the end of a line. Lines that start with "--" are comments.
  engine::Result<void> run_script(std::string_view script);
  virtual engine::Result<std::vector<SqlRow>> rows(std::string_view statement) = 0;
  /// First column of the first row as a number; kNotFound: no row or NULL.
  engine::Result<std::int64_t> number(std::string_view statement);
  /// The text as an SQL literal with its quotes.
  virtual std::string quote(std::string_view text) const = 0;

  /// Makes the database where it is absent, and all that follows goes there.
  virtual engine::Result<void> enter(const std::string& database) = 0;
  /// Makes tables out of CREATE TABLE statements.
  virtual engine::Result<void> make_tables(std::string_view script) = 0;
  /// Rows were written with ids of their own: those that the server gives come behind them.
  virtual engine::Result<void> ids_were_given() = 0;
  /// What UTC_TIMESTAMP() says from now on, in seconds since 1970; nullopt: the server's clock again. MariaDB commits at that time, too.
  virtual engine::Result<void> set_now(std::optional<std::int64_t> seconds) = 0;
};

}  // namespace app::demo
