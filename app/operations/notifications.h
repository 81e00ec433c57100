#pragma once
// Decides whom a notification goes to, and queues it. What triggered it never fails because of it.

#include <functional>
#include <optional>

#include "access/managed_credential.h"
#include "app/operations/notification_log.h"
#include "engine/base/clock.h"

namespace app::operations {

/// Threads: any. Blocking.
class Notifications {
 public:
  /// Finds a managed credential by its handle; may be empty.
  using FindCredential = std::function<std::optional<trust::ManagedCredential>(std::string_view handle)>;

  /// `log` and `clock` outlive this.
  Notifications(NotificationLog& log, NotificationConfig config, const engine::Clock& clock, FindCredential find = {});

  /// How many messages were queued: 0 where notifications or this event are off, nobody is to be told, or everybody has been told lately.
  /// Errors: as NotificationLog::queue().
  engine::Result<std::size_t> queue(const Notification& notification);
  /// The same together with somebody's change, which is written in any case but an error.
  engine::Result<std::size_t> queue(const Notification& notification, engine::store::Batch& along);
  /// Of an approval or execution of this requester: its credential's recipients replace the configured ones where there is one at least.
  /// Failures are logged.
  void tell(Notification notification, std::string_view requested_by);

  const NotificationConfig& config() const { return config_; }
  const NotificationLog& log() const { return log_; }

 private:
  std::vector<NotificationRow> rows_for(const Notification& notification) const;
  NotificationLog& log_;
  const NotificationConfig config_;
  const engine::Clock& clock_;
  const FindCredential find_;
};

}  // namespace app::operations
