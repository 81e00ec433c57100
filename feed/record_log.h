#pragma once
// The reading side of a log in its fast form: records as bytes, with what a feed page must know of them.

#include <functional>
#include <limits>
#include <string_view>

#include "engine/base/secret.h"
#include "engine/store/store.h"
#include "feed/change_log.h"
#include "feed/key_schema.h"

namespace feed {

/// No offset has superseded the record.
inline constexpr Offset kNotSuperseded{std::numeric_limits<std::uint64_t>::max()};

struct RecordRef {
  Offset offset;
  std::string_view bytes;  ///< a change record (view_change); valid during the visit only
  /// The offset that replaced it. Exact for every offset below the `end` of the scan; a later one may show as kNotSuperseded.
  Offset superseded_by = kNotSuperseded;
};

struct ScanRange {
  Offset from;
  Offset end;                  ///< exclusive; at most high_watermark() (more is cut)
  std::uint64_t types = ~0ull;  ///< or of type_bit(): runs without any of them may be left out
  engine::WallTime since = engine::WallTime::min();  ///< runs whose newest instant is older may be left out
};

/// How old versions go. The newest version of a resource and tombstones stay.
struct RetentionPolicy {
  std::chrono::seconds max_age{};  ///< a replaced version whose commit is older goes; zero: no bound
  std::uint64_t max_bytes = 0;     ///< replaced versions beyond this many bytes go, oldest first; zero: no bound
};

class RecordLog : public ChangeLog {
 public:
  /// Returns false to stop. Runs under a lock of the log: brief, and no call back into the log.
  using Visit = std::function<bool(const RecordRef&)>;
  /// Told the new high watermark after each commit that moved it, on the writer's thread; must not block.
  using Listener = std::function<void(Offset high_watermark)>;

  /// Visits committed records in offset order and returns where a further scan would continue: `range.end` (cut to the
  /// watermark) when all were visited, else the offset of the record whose visit said stop. Offsets removed by retention are passed over.
  /// kUnavailable: `read` is kCacheOnly and a block is not in memory (some records may have been visited). kMalformed: damage.
  virtual engine::Result<Offset> scan(const ScanRange& range, engine::store::ReadFrom read, const Visit& visit) const = 0;

  /// Before the first append only: not safe beside a writer.
  virtual void on_append(Listener listener) = 0;

  /// Applies `policy` to versions below `floor` (the slowest delivery cursor's next offset) and moves first_offset().
  /// Returns the number of versions removed. One caller at a time; beside a writer and readers.
  virtual engine::Result<std::uint64_t> retain(const RetentionPolicy& policy, Offset floor, engine::WallTime now) = 0;

  /// Authenticates cursors of this log.
  virtual const engine::Secret& cursor_key() const = 0;
};

}  // namespace feed
