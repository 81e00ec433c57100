#pragma once
// A clock one can wait on.

#include "engine/base/clock.h"
#include "engine/runtime/asio.h"

namespace engine {

/// Threads: now() and wall_now() from any; sleep_until on a loop, waking on the same loop.
class Timers : public Clock {
 public:
  /// Returns at or after `deadline`; at once where it has passed. Cancelled early by the coroutine's
  /// cancellation slot (then it returns too; the caller looks at its own state).
  virtual Task<void> sleep_until(MonoTime deadline) = 0;
};

/// The machine's clocks. `wall_start`: the instant at which wall_now() starts counting (--clock-start);
/// without it the system's clock is used.
class SystemTimers final : public Timers {
 public:
  SystemTimers();
  explicit SystemTimers(WallTime wall_start);
  MonoTime now() const override;
  WallTime wall_now() const override;
  Task<void> sleep_until(MonoTime deadline) override;

 private:
  std::chrono::microseconds shift_{0};  // added to the system's wall clock
};

}  // namespace engine
