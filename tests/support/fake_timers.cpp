#include "tests/support/fake_timers.h"

#include <algorithm>

namespace test {

struct FakeTimers::Sleeper {
  explicit Sleeper(const asio::any_io_executor& executor) : bell(executor, engine::MonoTime::max()) {}
  asio::steady_timer bell;  // never expires by itself: ringing cancels it
};

engine::MonoTime FakeTimers::now() const {
  std::lock_guard lock(mutex_);
  return now_;
}

engine::WallTime FakeTimers::wall_now() const {
  std::lock_guard lock(mutex_);
  return wall_;
}

engine::Task<void> FakeTimers::sleep_until(engine::MonoTime deadline) {
  auto sleeper = std::make_shared<Sleeper>(co_await asio::this_coro::executor);
  Sleepers::iterator place;
  {
    std::lock_guard lock(mutex_);
    if (deadline <= now_) co_return;
    place = sleepers_.emplace(deadline, sleeper);
  }
  co_await sleeper->bell.async_wait(engine::kTuple);
  std::lock_guard lock(mutex_);
  const auto [first, last] = sleepers_.equal_range(deadline);  // absent where it was rung; present where it was cancelled
  for (auto at = first; at != last; ++at) {
    if (at->second.lock() == sleeper) {
      sleepers_.erase(at);
      break;
    }
  }
}

void FakeTimers::move_to(engine::MonoTime t) {
  wall_ += std::chrono::duration_cast<std::chrono::microseconds>(t - now_);
  now_ = t;
}

// Rings the first sleeper due at or before `until`. The ring is posted, so it reaches a sleeper of another thread that
// is just about to wait after it waits.
bool FakeTimers::ring_next(engine::MonoTime until) {
  std::lock_guard lock(mutex_);
  while (!sleepers_.empty() && sleepers_.begin()->second.expired()) sleepers_.erase(sleepers_.begin());
  if (sleepers_.empty() || sleepers_.begin()->first > until) return false;
  auto first = sleepers_.begin();
  if (first->first > now_) move_to(first->first);
  auto sleeper = first->second.lock();
  sleepers_.erase(first);
  if (!sleeper) return true;  // gone this very moment: nobody to wake
  asio::post(sleeper->bell.get_executor(), [sleeper] { sleeper->bell.cancel(); });
  return true;
}

void FakeTimers::run_for(asio::io_context& loop, std::chrono::nanoseconds duration) {
  const auto end = now() + duration;
  drain(loop);
  while (ring_next(end)) drain(loop);
  std::lock_guard lock(mutex_);
  if (end > now_) move_to(end);
}

void FakeTimers::advance(std::chrono::nanoseconds duration) {
  const auto end = now() + duration;
  while (ring_next(end)) {
  }
  std::lock_guard lock(mutex_);
  if (end > now_) move_to(end);
}

void FakeTimers::set_wall(engine::WallTime t) {
  std::lock_guard lock(mutex_);
  wall_ = t;
}

std::size_t FakeTimers::sleepers() const {
  std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(sleepers_.begin(), sleepers_.end(), [](const auto& at) { return !at.second.expired(); }));
}

void FakeTimers::drain(asio::io_context& loop) {
  loop.restart();
  while (loop.poll() > 0) loop.restart();
}

}  // namespace test
