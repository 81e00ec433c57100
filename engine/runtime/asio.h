#pragma once
// The one include of Asio. Slow to compile: keep it out of headers that do not hand out Task<>, and keep coroutine bodies in .cpp files.

// GCC 12 takes the coroutine frame's own operator new and delete for a mismatch where it inlines only one of the two. The
// warning is given in the caller's file, so it is switched off here for whoever includes this.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>

namespace engine {

template <class T>
using Task = asio::awaitable<T>;

/// Completion token for calls that answer (error_code, value) instead of throwing.
inline constexpr auto kTuple = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace engine
