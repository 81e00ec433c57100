#pragma once
// A connection to a PostgreSQL server: queries, or a COPY in both directions (replication). libpq does authentication, TLS and packets.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/postgres/postgres_options.h"
#include "connectors/stop_signal.h"
#include "engine/base/result.h"

struct pg_conn;
struct pg_result;

namespace connectors::postgres {

/// Session: UTF-8, UTC, ISO dates, bytes as hexadecimal, whatever the server's own settings are; so a type prints alike in a query and in the stream.
///
/// Threads: one at a time. Blocking: everything, ended by the StopSignal.
/// Errors: kUnavailable (unreachable, connection lost, timed out), kUnsupported (refused: password, privilege, TLS, setting; the detail says the
/// way out), kConflict (the slot is gone or no longer holds what was asked for), kCancelled (stopped), kNotFound (table, column, slot or database),
/// kMalformed (any other error of the server).
class Connection {
 public:
  using TextRow = std::vector<std::optional<std::string>>;
  /// One row of an answer; views live until the callback returns.
  class RowView {
   public:
    RowView(const pg_result* result, int row) : result_(result), row_(row) {}
    std::size_t size() const;
    /// nullopt: NULL.
    std::optional<std::string_view> operator[](std::size_t column) const;

   private:
    const pg_result* result_;
    int row_;
  };

  enum class Purpose : std::uint8_t { kQueries, kReplication };
  /// A replication connection takes replication commands beside simple queries. `stop` must outlive the connection.
  static engine::Result<std::unique_ptr<Connection>> open(const PostgresOptions& options, StopSignal& stop, Purpose purpose);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  engine::Result<std::vector<TextRow>> query(std::string_view sql);
  engine::Result<void> query_rows(std::string_view sql, const std::function<void(RowView)>& row);
  engine::Result<void> execute(std::string_view sql);
  /// First column of the first row; empty where there is none or it is NULL.
  engine::Result<std::string> value(std::string_view sql);
  int backend() const;  ///< the process that serves us
  int server_version() const;  ///< 150002: 15.2

  /// A command that starts a COPY in both directions. After it only read_copy() and write_copy() may be used.
  engine::Result<void> start_copy(std::string_view command);
  /// The next message of the COPY, valid until the next call; nullopt: nothing came within `patience`.
  engine::Result<std::optional<std::string_view>> read_copy(std::chrono::milliseconds patience);
  engine::Result<void> write_copy(std::string_view message);

 private:
  Connection(StopSignal& stop, std::chrono::milliseconds patience) : stop_(stop), patience_(patience) {}
  engine::Result<void> establish(const PostgresOptions& options, Purpose purpose);
  engine::Result<bool> wait(short events, std::chrono::milliseconds patience) const;
  engine::Result<pg_result*> result(std::string_view doing);
  tl::unexpected<engine::Error> lost(std::string_view doing) const;
  tl::unexpected<engine::Error> refused(std::string_view doing, const pg_result* result) const;
  tl::unexpected<engine::Error> end_of_copy();

  StopSignal& stop_;
  const std::chrono::milliseconds patience_;  // with the server's silence
  pg_conn* connection_ = nullptr;
  char* message_ = nullptr;                   // of the COPY, libpq's memory
};

/// `name` as an SQL identifier in double quotes.
std::string quoted_name(std::string_view name);
/// `text` as an SQL string literal.
std::string quoted(std::string_view text);

}  // namespace connectors::postgres
