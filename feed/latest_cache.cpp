#include "feed/latest_cache.h"

namespace feed {

LatestCache::Found LatestCache::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(key);
  return {found == entries_.end() ? std::nullopt : std::optional(found->second), generation_};
}

void LatestCache::add(const std::string& key, const LatestEntry& entry, std::uint64_t generation) {
  const std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  if (entries_.size() >= kMost) entries_.clear();
  entries_.insert_or_assign(key, entry);
}

void LatestCache::commit(std::vector<std::pair<std::string, LatestEntry>> entries) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  if (entries_.size() + entries.size() > kMost) entries_.clear();
  // A batch larger than the cache leaves nothing behind: no old entry may outlive it.
  if (entries.size() > kMost) return;
  for (auto& [key, entry] : entries) entries_.insert_or_assign(std::move(key), std::move(entry));
}

void LatestCache::forget() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  entries_.clear();
}

}  // namespace feed
