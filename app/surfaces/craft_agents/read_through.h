#pragma once
// Reads that are answered from memory where that is possible, and by the disk elsewhere.

#include <type_traits>
#include <utility>

#include "engine/runtime/on_pool.h"
#include "engine/store/store.h"

namespace app::craft_agents {

/// Whether what `read(kCacheOnly)` gave stands; else read_from_disk() has to be asked.
template <class T>
bool is_final(const engine::Result<T>& read) {
  return read || read.error().code != engine::Errc::kUnavailable;
}

/// What `read(kAnywhere)` gives on `pool`. Name the lambda before you pass it.
template <class Read>
engine::Task<std::invoke_result_t<Read&, engine::store::ReadFrom>> read_from_disk(asio::thread_pool& pool, Read read) {
  auto from_disk = [&read] { return read(engine::store::ReadFrom::kAnywhere); };
  co_return co_await engine::on_pool(pool, from_disk);
}

/// What `read(kCacheOnly)` gives on this loop, or, where that is kUnavailable, what `read(kAnywhere)` gives on `pool`.
/// Name the lambda before you pass it.
template <class Read>
engine::Task<std::invoke_result_t<Read&, engine::store::ReadFrom>> read_through(asio::thread_pool& pool, Read read) {
  auto result = read(engine::store::ReadFrom::kCacheOnly);
  if (is_final(result)) co_return result;
  co_return co_await read_from_disk(pool, std::move(read));
}

}  // namespace app::craft_agents
