#pragma once
// The log: what connectors append to and everybody else reads.

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "feed/change.h"

namespace feed {

/// Where a source stands. `sequence` orders the positions of one source totally (it grows by one per source transaction
/// the connector has seen); `token` is what the connector needs to resume (opaque here).
struct SourcePosition {
  std::string source;
  std::uint64_t sequence = 0;
  std::string token;
  friend bool operator==(const SourcePosition&, const SourcePosition&) = default;
};

/// What the log remembers of a resource's newest change.
struct Latest {
  Offset offset;
  engine::WallTime raw_updated_at{};
  engine::WallTime updated_at{};
  std::string content_hash;  ///< 16 bytes over the parts and the raw timestamp
  std::string facts_hash;    ///< facts_hash() of its facts
  Visibility visible;
  bool tombstone = false;
};

/// The durable, totally ordered record of every change in one feed.
///
/// Offsets start at 1, grow by one and are never reused, also across restarts and after retention.
/// Blocking: every method but the watermarks may touch disk; call through engine::on_pool() from a loop.
/// Threads: one writer (append…); any number of readers, each seeing a prefix of the log that ends at a committed watermark.
class ChangeLog {
 public:
  virtual ~ChangeLog() = default;

  /// Appends `batch` and moves the source's position to `position`, both or neither, together with everything append_part
  /// has staged since the last append. Returns the offset of the first change of the whole (staged ones included);
  /// high_watermark() where there was none. Durable on return. An empty batch only moves the position.
  /// A note (Change::note) takes an offset like every change, but becomes part of the newest version of its resource; where that is a
  /// tombstone, or was never seen, it is without effect.
  /// kConflict: `position` is behind the stored one. kFull: the disk is full (nothing was changed, retry later).
  virtual engine::Result<Offset> append(std::span<const Change> batch, const SourcePosition& position) = 0;

  /// Stages changes of a transaction too large for one batch: they get offsets, but no reader sees them before the
  /// append that ends the transaction. A staged tail that was never ended is dropped when the log is opened.
  virtual engine::Result<void> append_part(std::span<const Change> batch) = 0;
  /// Forgets what append_part staged since the last append (the transaction will not be finished by this writer).
  virtual engine::Result<void> drop_staged() = 0;

  /// Committed changes with offset >= `from`, oldest first, until `max_bytes` is reached (at least one).
  /// Empty: the reader has caught up. kExpired: `from` is below first_offset(), retention removed it.
  virtual engine::Result<std::vector<StoredChange>> read(Offset from, std::size_t max_bytes) const = 0;

  /// The newest committed change of a resource.
  virtual engine::Result<std::optional<Latest>> latest(const ResourceKey& key) const = 0;
  /// One committed change. kNotFound: no such offset (any more).
  virtual engine::Result<StoredChange> read_one(Offset offset) const = 0;
  /// Calls `visit` for the key of every resource of `type` whose newest change is not a tombstone, in key order.
  virtual engine::Result<void> for_each_live(const std::string& type, const std::function<void(const ResourceKey&, const Latest&)>& visit) const = 0;

  /// The position of the last append for that source; nullopt before the first.
  virtual engine::Result<std::optional<SourcePosition>> position(const std::string& source) const = 0;

  virtual Offset first_offset() const = 0;
  virtual Offset high_watermark() const = 0;  ///< one past the newest committed change. Any thread, never blocks.
  /// 16 random bytes made when the log was; tells logs apart.
  virtual const std::string& log_id() const = 0;
};

}  // namespace feed
