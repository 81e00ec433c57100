#pragma once
// What a run of 1,024 offsets can hold at most, so that a reader with a filter skips whole runs.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "feed/change_codec.h"

namespace feed {

/// One bit of 64 for a resource type; on disk. Two types may share one (then a run is read for nothing, never missed).
std::uint64_t type_bit(std::string_view type);

/// Answers "can a change in this run matter?": false is certain, true is a maybe.
struct ZoneSummary {
  engine::WallTime newest = engine::WallTime::min();  ///< max of updated_at and appended_at of the run's changes
  std::uint64_t types = 0;                            ///< or of their type_bit

  void add(std::string_view type, engine::WallTime updated_at, engine::WallTime appended_at);
  void add(const ZoneSummary& other);
  friend bool operator==(const ZoneSummary&, const ZoneSummary&) = default;
};

std::string encode_zone(const ZoneSummary& zone);
engine::Result<ZoneSummary> decode_zone(std::string_view bytes);

}  // namespace feed
