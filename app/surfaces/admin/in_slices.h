#pragma once
// Long searches in bounded pieces: each is a call of its own on the pool, so that others get their turn in between.

#include "engine/base/result.h"
#include "engine/runtime/on_pool.h"

namespace app::admin {

inline constexpr int kSlices = 25;  ///< pieces of one request; what is left is the caller's next request

/// Calls `search(place)` until it gives a value-initialised place (it is through), `enough()` says so, or it has had its share. Returns where to go on.
template <class Place, class Search, class Enough>
engine::Task<engine::Result<Place>> in_slices(asio::thread_pool& pool, Place place, Search search, Enough enough, int slices = kSlices) {
  for (int slice = 0; slice < slices && !enough(); ++slice) {
    auto work = [&]() -> engine::Result<Place> { return search(place); };
    auto next = co_await engine::on_pool(pool, work);
    if (!next || *next == Place{}) co_return next;
    place = *next;
  }
  co_return place;
}

}  // namespace app::admin
