#pragma once
// How long the server keeps its binary log: who was away longer starts over with a snapshot.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "connectors/mariadb/connection.h"

namespace connectors {

struct LogRetention {
  bool known = false;                  ///< the server has said so at least once
  std::chrono::seconds age{0};         ///< binlog_expire_logs_seconds; zero: nothing is dropped by age
  std::optional<std::uint64_t> bytes;  ///< of the binary logs it has now; nullopt: the user may not see them
};

/// Remembers the last answer, also while the server is away.
/// Threads: any. Blocking: refresh().
class RetentionProbe {
 public:
  explicit RetentionProbe(MariaDbOptions options) : options_(std::move(options)) {}
  /// Asks the server over a connection of its own. Errors: as MariaDbConnection; the last answer stays.
  engine::Result<void> refresh();
  LogRetention latest() const;
  /// Ends a refresh() that waits.
  void stop() { stop_.stop(); }

 private:
  const MariaDbOptions options_;
  StopSignal stop_;
  mutable std::mutex mutex_;
  LogRetention latest_;
};

}  // namespace connectors
