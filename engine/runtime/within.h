#pragma once
// Every wait on the outside has a deadline.

#include <exception>
#include <optional>
#include <utility>

#include "engine/base/result.h"
#include "engine/runtime/timers.h"

namespace engine {
namespace within_detail {

template <class T>
struct Slot {
  std::optional<Result<T>> result;
  std::exception_ptr thrown;
};

template <class T>
Task<void> fill(Task<Result<T>> work, Slot<T>& slot) {
  try {
    slot.result.emplace(co_await std::move(work));
  } catch (...) {
    slot.thrown = std::current_exception();
  }
}

}  // namespace within_detail

/// The result of `work`, or kTimedOut once `deadline` has passed; kCancelled where the caller was cancelled first.
/// The loser is cancelled and has ended before this returns; what late work still returned is dropped, because work that slept through its
/// cancellation cannot be told from work that was done.
/// Costs a timer and two spawned frames: for cold paths (the HTTP hot paths sweep their deadlines instead).
template <class T>
Task<Result<T>> within(Timers& timers, MonoTime deadline, Task<Result<T>> work) {
  using namespace asio::experimental::awaitable_operators;
  within_detail::Slot<T> slot;
  auto running = within_detail::fill(std::move(work), slot);
  auto timer = timers.sleep_until(deadline);
  const auto first = co_await (std::move(running) || std::move(timer));
  if (first.index() == 0) {
    if (slot.thrown) std::rethrow_exception(slot.thrown);
    co_return std::move(*slot.result);
  }
  if (timers.now() < deadline) co_return fail(Errc::kCancelled, "cancelled while waiting");
  co_return fail(Errc::kTimedOut, "deadline passed");
}

}  // namespace engine
