#pragma once
// Sends what is queued: up to three attempts a message, each on record.

#include <chrono>

#include "app/operations/notification_channel.h"
#include "app/operations/notification_log.h"
#include "app/operations/redaction.h"
#include "engine/base/clock.h"

namespace app::operations {

/// Threads: belongs to one loop.
class Outbox {
 public:
  static constexpr unsigned kAttempts = 3;
  static constexpr std::size_t kAtOnce = 50;  ///< messages of one round, so that a long queue holds nothing else up
  /// Before the second and the third attempt.
  static std::chrono::seconds pause_after(unsigned attempts) { return attempts == 1 ? std::chrono::seconds(30) : std::chrono::seconds(120); }

  /// nullptr: there is no such channel, and its messages fail at once. All outlive the outbox.
  struct Channels {
    NotificationChannel* email = nullptr;
    NotificationChannel* webhook = nullptr;
  };
  /// `blocking` runs calls that touch disk. `redact` cleans what a channel said before it is kept.
  Outbox(NotificationLog& log, Channels channels, const engine::Clock& clock, const Redactor& redact, asio::any_io_executor blocking);

  /// Tries every message that is due, one after the other, oldest first. Errors: the store's; what was not recorded is tried again.
  engine::Task<engine::Result<void>> send_due();

 private:
  engine::Task<engine::Result<void>> attempt(NotificationRow& row);
  NotificationLog& log_;
  const Channels channels_;
  const engine::Clock& clock_;
  const Redactor& redact_;
  asio::any_io_executor blocking_;
};

}  // namespace app::operations
