#pragma once
// What moving an endpoint's cursor would mean, before it is moved.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "delivery/selector.h"
#include "engine/base/result.h"
#include "feed/record_log.h"

namespace delivery {

/// Where to: "now", an offset, or an instant (RFC 3339).
struct SeekTarget {
  std::optional<feed::Offset> offset;
  std::optional<engine::WallTime> time;  ///< neither: now
};
/// kMalformed: none of the three.
engine::Result<SeekTarget> parse_seek_target(std::string_view text);

struct SeekPlan {
  feed::Offset from, to;
  std::uint64_t changes = 0;     ///< of the log between them
  std::uint64_t deliveries = 0;  ///< of them that the endpoint wants: left out where it goes forward, sent (again) where it goes back
  bool exact = true;             ///< false: only the first kCounted changes were looked at
  bool forward() const { return to > from; }
};
inline constexpr std::uint64_t kCounted = 1'000'000;

/// The target as an offset, between the first that the log holds and the watermark. A time: the first change appended at or after it.
/// Blocking; the log's errors. kMalformed: an offset beyond the watermark, or gone.
engine::Result<feed::Offset> offset_of(const feed::RecordLog& log, const SeekTarget& target);
/// Blocking: reads up to kCounted changes.
engine::Result<SeekPlan> plan_seek(const feed::RecordLog& log, const Selector& selector, feed::Offset from, feed::Offset to);

}  // namespace delivery
