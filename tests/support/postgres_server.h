#pragma once
// A real PostgreSQL for tests: app::demo::LocalPostgres in a temporary directory, with SQL at hand.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/local_postgres.h"
#include "tests/support/fixtures.h"

struct pg_conn;

namespace test {

/// Aborts the test program with the server's words where anything fails: a test's preparation is not its subject.
/// Threads: one, which must outlive the server. Connects as "admin" without a password, session time zone UTC, autocommit on.
class PostgresServer {
 public:
  using TextRow = std::vector<std::optional<std::string>>;

  /// `extra`: further settings; they win over those of LocalPostgres.
  explicit PostgresServer(std::vector<std::string> extra = {});
  /// A running standby of this one, which streams its WAL.
  std::unique_ptr<PostgresServer> make_standby();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::uint16_t port() const { return server_->port(); }
  std::string socket_directory() const { return server_->socket_directory(); }
  std::filesystem::path data_directory() const { return server_->data_directory(); }

  /// Any number of statements, in one transaction where they do not say otherwise.
  void execute(std::string_view sql, const std::string& database = "postgres") { query(sql, database); }
  /// Through the `psql` client program: dumps with COPY. The client's own commands of newer versions are left out.
  void load_sql(std::string text, const std::string& database);
  /// The rows of the last statement as text.
  std::vector<TextRow> query(std::string_view sql, const std::string& database = "postgres");
  /// First column of the first row; empty where there is none or it is NULL.
  std::string value(std::string_view sql, const std::string& database = "postgres");
  /// An empty database in the place of one of this name, whose slots go with it.
  void create_database(const std::string& name);
  /// Closes the connections of this object.
  void disconnect();

  /// Of a standby: a server of its own from here on, on the next timeline.
  void promote();
  void restart(std::vector<std::string> extra = {});
  void stop();
  void kill();

 private:
  struct NotStarted {};
  explicit PostgresServer(NotStarted) {}
  pg_conn* connection(const std::string& database);

  TemporaryDirectory directory_;
  std::unique_ptr<app::demo::LocalPostgres> server_;
  std::map<std::string, pg_conn*> connections_;
};

}  // namespace test
