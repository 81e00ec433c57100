#pragma once
// Reads that are answered from memory where that is possible, and by the disk elsewhere.

#include <type_traits>
#include <utility>

#include "engine/runtime/on_pool.h"
#include "engine/store/store.h"

namespace app::craft_agents {

/// What `read(kCacheOnly)` gives on this loop, or, where that is kUnavailable, what `read(kAnywhere)` gives on `pool`.
/// Name the lambda before you pass it.
template <class Read>
engine::Task<std::invoke_result_t<Read&, engine::store::ReadFrom>> read_through(asio::thread_pool& pool, Read read) {
  auto result = read(engine::store::ReadFrom::kCacheOnly);
  if (result || result.error().code != engine::Errc::kUnavailable) co_return result;
  auto from_disk = [&read] { return read(engine::store::ReadFrom::kAnywhere); };
  co_return co_await engine::on_pool(pool, from_disk);
}

}  // namespace app::craft_agents
