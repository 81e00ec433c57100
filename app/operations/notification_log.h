#pragma once
// Every message that was queued, and what became of it. Durable; the newest kKept are remembered.

#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "app/operations/notification_row.h"
#include "engine/store/store.h"

namespace app::operations {

/// Threads: any. Blocking: everything but waiting().
class NotificationLog {
 public:
  static constexpr std::size_t kKept = 10'000;
  static constexpr std::size_t kMostWaiting = 1'000;

  /// kMalformed: a damaged row.
  static engine::Result<std::unique_ptr<NotificationLog>> open(engine::store::Store& store);

  /// Writes `along` (somebody's change) and those of `rows` that are news, synced, all or nothing; gives how many that were. A row is no news where
  /// the same event, fingerprint, channel and recipient was queued or sent less than its quiet time ago. Ids and times are given here.
  /// kFull: kMostWaiting wait already; nothing was written.
  engine::Result<std::size_t> queue(std::vector<NotificationRow> rows, engine::store::Batch& along, engine::WallTime now);

  /// Those that are to be tried now, oldest first, at most `limit`.
  engine::Result<std::vector<NotificationRow>> due(engine::WallTime now, std::size_t limit) const;
  /// What became of an attempt; synced.
  engine::Result<void> record(const NotificationRow& row);
  /// Newest first.
  engine::Result<std::vector<NotificationRow>> recent(std::size_t limit) const;
  std::size_t waiting() const;

 private:
  explicit NotificationLog(engine::store::Store& store);
  engine::Result<void> load();
  engine::Result<std::optional<NotificationRow>> get(NotificationId id) const;
  engine::Result<bool> is_news(const NotificationRow& row, engine::WallTime now) const;
  engine::Result<void> forget_old(engine::store::Batch& batch, std::uint64_t newest) const;

  engine::store::Store& store_;
  engine::store::Family family_;
  std::mutex queueing_;          // one at a time decides what is news
  mutable std::mutex counting_;  // guards waiting_; never held over a write
  std::set<NotificationId> waiting_;
  std::uint64_t next_id_ = 1;  // under queueing_
};

}  // namespace app::operations
