#pragma once
// The stream of a replication slot: its frames taken apart, and the server told where we stand.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connectors/postgres/connection.h"
#include "connectors/postgres/lsn.h"

namespace connectors::postgres {

/// Threads: one. Blocking, errors: as Connection.
class ReplicationStream {
 public:
  /// Streams what `slot` holds behind `from`, decoded by pgoutput for `publication`. Waits a little where the slot is still held by a connection of
  /// ours that has just ended. `stop` must outlive it.
  static engine::Result<std::unique_ptr<ReplicationStream>> start(const PostgresOptions& options, StopSignal& stop, Lsn from);

  struct Frame {
    std::string_view message;  ///< of pgoutput, valid until the next call; empty: a keepalive
    Lsn sent = 0;              ///< of a keepalive: everything before this place has been sent
    std::chrono::microseconds clock{0};  ///< the server's when it sent this
  };
  /// nullopt: nothing came within `patience`. Questions of the server for a sign of life are answered here.
  engine::Result<std::optional<Frame>> read(std::chrono::milliseconds patience);

  /// What the server may forget at most, for the next report. Going back is ignored.
  void acknowledge(Lsn durable);
  /// Tells the server where we stand: `passed` is read, the acknowledged place is durable. `answer`: a keepalive is wanted at once.
  engine::Result<void> report(Lsn passed, bool answer);

 private:
  ReplicationStream(std::unique_ptr<Connection> connection, Lsn from) : connection_(std::move(connection)), passed_(from) {}

  std::unique_ptr<Connection> connection_;
  Lsn acknowledged_ = 0;  // nothing: where we began need not be durable
  Lsn passed_;
  std::chrono::microseconds heard_{0};  // the server's clock in the newest frame
};

}  // namespace connectors::postgres
