#include "delivery/wake_signal.h"

namespace delivery {

engine::Task<void> WakeSignal::wait() { co_await timer_.async_wait(engine::kTuple); }

// The operands of || start a moment later: a wake-up in between must count.
engine::Task<void> WakeSignal::wait_unless_woken(std::uint64_t seen) {
  if (wakes_ == seen) co_await wait();
}

engine::Task<void> WakeSignal::wait_until(engine::Timers& timers, engine::MonoTime deadline) {
  using namespace asio::experimental::awaitable_operators;
  auto woken = wait_unless_woken(wakes_);
  auto rung = timers.sleep_until(deadline);
  co_await (std::move(woken) || std::move(rung));
}

}  // namespace delivery
