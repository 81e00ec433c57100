#pragma once
// A real MariaDB for tests: app::demo::LocalMariaDb in a temporary directory, with SQL at hand.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/local_mariadb.h"
#include "tests/support/fixtures.h"

struct st_mysql;

namespace test {

/// Aborts the test program with the server's words where anything fails: a test's preparation is not its subject.
/// Threads: one, which must outlive the server. Connects as root without a password, session time zone UTC, autocommit on.
class MariaDbServer {
 public:
  using TextRow = std::vector<std::optional<std::string>>;

  /// `extra`: further mariadbd options; they win over those of LocalMariaDb.
  explicit MariaDbServer(std::vector<std::string> extra = {});
  ~MariaDbServer();
  MariaDbServer(const MariaDbServer&) = delete;
  MariaDbServer& operator=(const MariaDbServer&) = delete;

  std::uint16_t port() const { return server_->port(); }
  std::string socket() const { return server_->socket(); }
  std::filesystem::path data_directory() const { return server_->data_directory(); }

  /// One statement.
  void execute(std::string_view sql);
  /// Any number of statements through the `mariadb` client program: dumps, DELIMITER, comments. `database` may be empty.
  void load_sql(std::string_view text, const std::string& database = {});
  /// The rows of one statement as text.
  std::vector<TextRow> query(std::string_view sql);
  /// First column of the first row; empty where there is none or it is NULL.
  std::string value(std::string_view sql);

  void restart(std::vector<std::string> extra = {});
  void stop();
  void kill();

 private:
  st_mysql* connection();
  void disconnect();

  TemporaryDirectory directory_;
  std::unique_ptr<app::demo::LocalMariaDb> server_;
  st_mysql* connection_ = nullptr;
};

}  // namespace test
