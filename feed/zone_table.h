#pragma once
// The zone summaries of a log in memory (16 bytes per 1,024 changes).

#include <shared_mutex>
#include <vector>

#include "feed/key_schema.h"
#include "feed/zone_map.h"

namespace feed {

/// Threads: one writer, any number of readers. Never blocks on I/O.
class ZoneTable {
 public:
  void set(Zone zone, const ZoneSummary& summary);
  ZoneSummary get(Zone zone) const;
  /// The first offset in [from, end) whose zone may hold one of `types` at or after `since`; `end` where none.
  Offset next_match(Offset from, Offset end, std::uint64_t types, engine::WallTime since) const;

 private:
  mutable std::shared_mutex mutex_;
  std::vector<ZoneSummary> zones_;
};

}  // namespace feed
