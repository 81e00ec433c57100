#pragma once
// One coroutine tells others on the same loop to look again.

#include "engine/runtime/timers.h"

namespace delivery {

/// A wake-up reaches whoever waits at that moment; who comes later looks at its own state first. Threads: one loop.
class WakeSignal {
 public:
  explicit WakeSignal(const asio::any_io_executor& loop) : timer_(loop, asio::steady_timer::time_point::max()) {}
  void wake_one() { timer_.cancel_one(); }
  void wake_all() {
    ++wakes_;
    timer_.cancel();
  }
  /// Until woken or cancelled.
  engine::Task<void> wait();
  /// Until woken by wake_all, cancelled, or `deadline`.
  engine::Task<void> wait_until(engine::Timers& timers, engine::MonoTime deadline);

 private:
  engine::Task<void> wait_unless_woken(std::uint64_t seen);
  std::uint64_t wakes_ = 0;
  asio::steady_timer timer_;  // never expires: only its cancellation is used
};

}  // namespace delivery
