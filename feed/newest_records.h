#pragma once
// From an id to the record of its newest version, for readers of indexes. Part of ListReader.

#include <optional>
#include <string>
#include <string_view>

#include "feed/rocks_change_log.h"

namespace feed {

/// Threads: any. Errors: kUnavailable where `read` is kCacheOnly and a block is not in memory; kMalformed; the store's.
class NewestRecords {
 public:
  /// `log` outlives this.
  NewestRecords(const RocksChangeLog& log, engine::store::ReadFrom read) : log_(log), read_(read) {}

  /// nullopt: unknown, deleted or not listed.
  engine::Result<std::optional<LatestEntry>> entry(std::string_view type, std::string_view id) const;
  /// The record that `entry` of the resource names, or a newer one.
  engine::Result<std::optional<std::string>> record(std::string_view type, std::string_view id, const LatestEntry& entry) const;
  engine::Result<std::optional<std::string>> record(std::string_view type, std::string_view id) const;

 private:
  const RocksChangeLog& log_;
  const engine::store::ReadFrom read_;
};

}  // namespace feed
