#pragma once
// Readers that wait for something new in the log.

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/runtime/timers.h"
#include "feed/record_log.h"
#include "feed/type_table.h"

namespace feed {

class FeedWait;

/// Rings for waiting readers when the log grows.
///
/// The writer's thread only posts, at most once per loop until that loop has looked. Each loop then looks once at what came, in memory, and wakes
/// the readers of those types; the others cost nothing, however many there are.
/// Threads: constructed and destroyed by the owner; everything else through FeedWait, on its loop.
class FeedBell {
 public:
  /// Deadlines are kept by one sweep per loop while somebody waits: a wait may last this much longer.
  static constexpr std::chrono::milliseconds kSweep{250};

  /// Before the first append (RecordLog::on_append). `loops`: where readers will wait, each run by one thread. Log, types and timers outlive what
  /// runs there; appends end before the loops are destroyed.
  FeedBell(RecordLog& log, const TypeTable& types, engine::Timers& timers, const std::vector<asio::any_io_executor>& loops);
  ~FeedBell();
  FeedBell(const FeedBell&) = delete;
  FeedBell& operator=(const FeedBell&) = delete;

  engine::Timers& timers() const { return timers_; }
  /// Everybody who waits looks again, though nothing came: who may read has changed. Threads: any.
  void ring_all();

 private:
  friend class FeedWait;
  struct Shard;
  const std::shared_ptr<Shard>& shard_of(const asio::any_io_executor& loop) const;

  engine::Timers& timers_;
  std::vector<std::shared_ptr<Shard>> shards_;
};

/// One reader's place at the bell, from construction to destruction, on one loop.
///
/// To miss nothing: mark(), read the log, and where that gave nothing, until().
class FeedWait {
 public:
  enum class End {
    kArrived,   ///< something that may be of the wanted types came since mark()
    kDeadline,
    kWoken,     ///< wake() was called, or the coroutine was cancelled
  };

  /// `loop` is one of the bell's (asserted) and is the caller's.
  FeedWait(FeedBell& bell, const asio::any_io_executor& loop, TypeMask types);
  ~FeedWait();
  FeedWait(const FeedWait&) = delete;
  FeedWait& operator=(const FeedWait&) = delete;

  /// From now on only these types ring.
  void want(TypeMask types);
  /// Forgets what has come so far.
  void mark() { rung_ = false; }
  /// Waits for the first of its ends; at once where it has come already. One call at a time.
  engine::Task<End> until(engine::MonoTime deadline);
  /// Ends this and every further until(). Resumes nobody here and now.
  void wake();

 private:
  friend class FeedBell;
  void ring();

  const std::shared_ptr<FeedBell::Shard> shard_;
  asio::steady_timer bell_;
  TypeMask types_;
  std::size_t place_ = 0;  // among those of the same types
  bool rung_ = false;
  bool late_ = false;
  bool woken_ = false;
};

}  // namespace feed
