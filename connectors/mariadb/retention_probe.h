#pragma once
// How long the server keeps its binary log: who was away longer starts over with a snapshot.

#include <mutex>

#include "connectors/log_retention.h"
#include "connectors/mariadb/connection.h"

namespace connectors {

/// age: binlog_expire_logs_seconds. bytes: of the binary logs it has now; nullopt where the user may not see them.
/// Threads: any. Blocking: refresh().
class RetentionProbe final : public RetentionWatch {
 public:
  explicit RetentionProbe(MariaDbOptions options) : options_(std::move(options)) {}
  engine::Result<void> refresh() override;
  LogRetention latest() const override;
  std::chrono::seconds every() const override { return std::chrono::minutes(10); }
  void stop() override { stop_.stop(); }

 private:
  const MariaDbOptions options_;
  StopSignal stop_;
  mutable std::mutex mutex_;
  LogRetention latest_;
};

}  // namespace connectors
