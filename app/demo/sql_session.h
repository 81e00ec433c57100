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

/// Where a database server answers. `socket` wins over host and port where it is set.
struct SqlAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
  std::string socket;
  std::string user = "root";
  std::string password;
  std::string database;  ///< empty: none chosen
};

/// Values as the server prints them; nullopt is NULL.
using SqlRow = std::vector<std::optional<std::string>>;

/// Threads: one at a time. Blocking: everything. Time zone +00:00, character set utf8mb4.
class SqlSession {
 public:
  /// kUnavailable: no connection; the detail is the server's message and never holds the password.
  static engine::Result<std::unique_ptr<SqlSession>> connect(const SqlAddress& address);
  ~SqlSession();
  SqlSession(const SqlSession&) = delete;
  SqlSession& operator=(const SqlSession&) = delete;

  /// Runs one statement, its rows thrown away. kConflict: the server refused it; the detail is its message.
  engine::Result<void> run(std::string_view statement);
  /// Runs statements separated by ";" at the end of a line. Lines that start with "--" are comments.
  engine::Result<void> run_script(std::string_view script);
  engine::Result<std::vector<SqlRow>> rows(std::string_view statement);
  /// First column of the first row as a number; kNotFound: no row or NULL.
  engine::Result<std::int64_t> number(std::string_view statement);
  /// Of the last INSERT of this connection.
  std::uint64_t last_insert_id() const;
  /// The text as an SQL literal with its quotes.
  std::string quote(std::string_view text) const;

 private:
  struct Handle;
  explicit SqlSession(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace app::demo
