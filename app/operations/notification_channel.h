#pragma once
// How a message leaves the house.

#include "app/operations/notification_row.h"
#include "engine/runtime/asio.h"

namespace app::operations {

/// Threads: belongs to the loop it is used on.
class NotificationChannel {
 public:
  virtual ~NotificationChannel() = default;
  /// One attempt, with a deadline of its own. Success: the other side has taken it over. `row` outlives the call.
  virtual engine::Task<engine::Result<void>> deliver(const NotificationRow& row) = 0;
};

}  // namespace app::operations
