#pragma once
// What `latest` holds of the resources that were asked for or appended last. Part of RocksChangeLog.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "feed/change_codec.h"

namespace feed {

/// A differ asks for what its append asks for again, and what changes often is asked for in one group after the other: the store is asked once.
/// Holds at most kMost entries and starts over when it is full. Threads: any.
class LatestCache {
 public:
  static constexpr std::size_t kMost = 4096;  // below 2 MB

  struct Found {
    std::optional<LatestEntry> entry;
    std::uint64_t generation = 0;  ///< for add(), where there was no entry
  };
  Found find(const std::string& key) const;
  /// What the store held when find() had said `generation`; left out where something was committed since.
  void add(const std::string& key, const LatestEntry& entry, std::uint64_t generation);
  /// The store holds these now. What was read before is not added any more.
  void commit(std::vector<std::pair<std::string, LatestEntry>> entries);
  /// The store may hold anything.
  void forget();

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, LatestEntry> entries_;
  std::uint64_t generation_ = 0;
};

}  // namespace feed
