#pragma once
// The one include of Asio. Slow to compile: keep it out of headers that do not hand out Task<>, and keep coroutine bodies in .cpp files.

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>

namespace engine {

template <class T>
using Task = asio::awaitable<T>;

/// Completion token for calls that answer (error_code, value) instead of throwing.
inline constexpr auto kTuple = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace engine
