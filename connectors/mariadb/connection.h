#pragma once
// A connection to a MariaDB server: queries, or the stream of binlog packets. libmariadb does authentication, TLS and packets.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mariadb/binlog_event.h"
#include "connectors/mariadb/mariadb_options.h"
#include "connectors/stop_signal.h"
#include "engine/base/result.h"

struct st_mysql;

namespace connectors {

/// Threads: one at a time. Blocking: everything.
/// Errors: kUnavailable (unreachable, connection lost, timed out), kUnsupported (refused: password, privilege, TLS; the detail says the way out),
/// kConflict (the server no longer has the binlog asked for), kCancelled (stopped), kNotFound (table, column or database), kMalformed (any other error of the server).
class MariaDbConnection {
 public:
  using TextRow = std::vector<std::optional<std::string>>;
  using RowView = std::span<const std::optional<std::string_view>>;

  /// Session: utf8mb4, UTC, no SQL mode that changes what SELECT prints. `stop` must outlive the connection.
  static engine::Result<std::unique_ptr<MariaDbConnection>> open(const MariaDbOptions& options, StopSignal& stop);
  ~MariaDbConnection();
  MariaDbConnection(const MariaDbConnection&) = delete;
  MariaDbConnection& operator=(const MariaDbConnection&) = delete;

  engine::Result<std::vector<TextRow>> query(std::string_view sql);
  /// Hands every row to `row` as it arrives; the views live until it returns.
  engine::Result<void> query_rows(std::string_view sql, const std::function<void(RowView)>& row);
  engine::Result<void> execute(std::string_view sql);
  /// First column of the first row; empty where there is none or it is NULL.
  engine::Result<std::string> value(std::string_view sql);
  std::string quoted(std::string_view text) const;  ///< as an SQL string literal

  /// Registers as replica `server_id` and asks for the binlog behind `gtids`. After it only read_packet() may be used.
  engine::Result<void> start_stream(std::uint32_t server_id, const std::string& gtids, std::chrono::milliseconds heartbeat);
  /// How events are checked until the first format description says otherwise; set by start_stream.
  Checksum checksum() const { return checksum_; }
  /// The next binlog event's bytes, valid until the next call; nullopt: nothing came within `patience`.
  engine::Result<std::optional<std::string_view>> read_packet(std::chrono::milliseconds patience);

 private:
  explicit MariaDbConnection(StopSignal& stop) : stop_(stop) {}
  engine::Result<void> establish(const MariaDbOptions& options);
  bool has_buffered() const;
  tl::unexpected<engine::Error> error(std::string_view doing) const;

  StopSignal& stop_;
  st_mysql* mysql_ = nullptr;
  int socket_ = -1;
  Checksum checksum_ = Checksum::kNone;
};

/// `name` as an SQL identifier in back quotes.
std::string quoted_name(std::string_view name);

}  // namespace connectors
