#include "engine/runtime/timers.h"

namespace engine {
namespace {

WallTime machine_time() { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace

SystemTimers::SystemTimers() = default;
SystemTimers::SystemTimers(WallTime wall_start) : shift_(wall_start - machine_time()) {}

MonoTime SystemTimers::now() const { return std::chrono::steady_clock::now(); }
WallTime SystemTimers::wall_now() const { return machine_time() + shift_; }

Task<void> SystemTimers::sleep_until(MonoTime deadline) {
  asio::steady_timer timer(co_await asio::this_coro::executor, deadline);
  co_await timer.async_wait(kTuple);
}

}  // namespace engine
