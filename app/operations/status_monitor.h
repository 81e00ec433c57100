#pragma once
// Watches the system's status from one look to the next and tells of changes (contract craft-agents-governance 6.5).

#include <mutex>
#include <optional>
#include <string>

#include "app/operations/notifications.h"
#include "app/operations/system_status.h"

namespace app::operations {

struct MonitorRun {
  std::string_view monitor = "system-status";
  std::optional<Level> before;  ///< nullopt: the first look ever
  Level now = Level::kOk;
  bool changed = false;
  bool notified = false;  ///< at least one message was queued
  std::size_t queued = 0;
  std::string snapshot;  ///< system_json()
};
/// {monitorKey, previousStatus, currentStatus, changed, notified, queued, snapshot}
std::string monitor_run_json(const MonitorRun& run);

/// The state and the messages about its change are one write, so a change that could not be queued is seen again by the next look
/// (the reference saves first and loses it).
/// Threads: any, one at a time. Blocking.
class StatusMonitor {
 public:
  StatusMonitor(engine::store::Store& store, Notifications& notifications);
  /// Errors: the store's; kFull: too many messages wait. The state is then as it was.
  engine::Result<MonitorRun> look(const SystemStatus& system, const Redactor& redact);
  /// The snapshot of the last look; nullopt: there was none.
  engine::Result<std::optional<std::string>> last_snapshot() const;

 private:
  struct State {
    Level status = Level::kOk;
    std::string snapshot;
  };
  engine::Result<std::optional<State>> read() const;
  engine::store::Store& store_;
  engine::store::Family family_;
  Notifications& notifications_;
  std::mutex looking_;
};

}  // namespace app::operations
