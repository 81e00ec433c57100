#pragma once
// Keeps by_sort, by_key and by_term in step with the newest versions. Part of RocksChangeLog.

#include <string_view>

#include "engine/store/store.h"
#include "feed/index_keys.h"

namespace feed {

/// What the indexes know of one resource.
struct Indexed {
  engine::WallTime updated_at{}, created_at{};
  std::string_view facts;  ///< encoded
  bool listed = false;     ///< false: in no index (a tombstone, a cart)
};

class ResourceIndex {
 public:
  ResourceIndex(const engine::store::Store& store, Site site);
  /// Adds to `batch` what takes the resource from `before` to `after`. kMalformed: damaged facts.
  engine::Result<void> move(engine::store::Batch& batch, const ResourceKey& key, const Indexed& before, const Indexed& after) const;
  /// What may be written before `after` is committed: only adds.
  engine::Result<void> announce(engine::store::Batch& batch, const ResourceKey& key, const Indexed& after) const { return move(batch, key, {}, after); }

 private:
  void move_instants(engine::store::Batch& batch, const ResourceKey& key, const Indexed& before, const Indexed& after) const;

  const Site site_;
  const engine::store::Family by_sort_, by_key_, by_term_;
};

}  // namespace feed
