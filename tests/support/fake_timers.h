#pragma once
// Time that moves only when a test says so.

#include <map>
#include <memory>
#include <mutex>

#include "engine/runtime/timers.h"

namespace test {

/// Sleepers wait in a map by deadline and are rung one by one, in order, with now() standing at their deadline.
/// Monotonic time starts at an arbitrary point, wall time at 2026-03-04T10:00:00Z; both move together.
/// Threads: any; a sleeper wakes on its own loop. Each loop must have one thread.
class FakeTimers final : public engine::Timers {
 public:
  engine::MonoTime now() const override;
  engine::WallTime wall_now() const override;
  engine::Task<void> sleep_until(engine::MonoTime deadline) override;

  /// Moves time by `duration`: rings every sleeper due on the way, draining `loop` before the first and after each.
  void run_for(asio::io_context& loop, std::chrono::nanoseconds duration);
  /// Moves time at once and rings whoever is due, without running any loop.
  void advance(std::chrono::nanoseconds duration);
  /// Sets the wall clock; it may go back.
  void set_wall(engine::WallTime t);
  /// How many are asleep.
  std::size_t sleepers() const;
  /// Runs what is ready on `loop` until nothing is; no time passes.
  static void drain(asio::io_context& loop);

 private:
  struct Sleeper;
  using Sleepers = std::multimap<engine::MonoTime, std::weak_ptr<Sleeper>>;  // the sleeping coroutine owns it and may go with its loop
  bool ring_next(engine::MonoTime until);
  void move_to(engine::MonoTime t);

  mutable std::mutex mutex_;
  engine::MonoTime now_{std::chrono::hours{1000}};
  engine::WallTime wall_{std::chrono::seconds{1772618400}};
  Sleepers sleepers_;
};

}  // namespace test
