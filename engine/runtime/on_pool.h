#pragma once
// The one door for blocking work: runs it on a pool and comes back to the caller's loop.

#include <type_traits>
#include <utility>

#include "engine/runtime/asio.h"

namespace engine {

/// Runs `fn()` on `pool` and resumes the caller on its own loop with what it returned (or threw).
/// What was started is finished: cancellation of the caller takes effect after `fn` returned, so `fn` may refer to the caller's frame.
/// The result type must be default constructible or void (a Result of such a type is).
template <class F>
Task<std::invoke_result_t<F&>> on_pool(asio::thread_pool& pool, F fn) {
  auto body = [&fn]() -> Task<std::invoke_result_t<F&>> { co_return fn(); };
  co_return co_await asio::co_spawn(pool, std::move(body), asio::use_awaitable);
}

/// The same on any executor. A test hands in its only loop and stays single-threaded.
template <class F>
Task<std::invoke_result_t<F&>> on_pool(asio::any_io_executor pool, F fn) {
  auto body = [&fn]() -> Task<std::invoke_result_t<F&>> { co_return fn(); };
  co_return co_await asio::co_spawn(std::move(pool), std::move(body), asio::use_awaitable);
}

}  // namespace engine
