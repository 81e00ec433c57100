#pragma once
// The newest records in memory, shared by all readers that are nearly caught up (deliveries, /changes).

#include <cstddef>
#include <deque>
#include <optional>
#include <shared_mutex>
#include <string>

#include "feed/record_log.h"

namespace feed {

/// A gap-free run of the newest records, bounded by bytes: the oldest go first; it never refuses.
/// Threads: one writer, any number of readers. Blocking: readers wait while the writer moves a batch in (no I/O).
class HotTail {
 public:
  explicit HotTail(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  struct Entry {
    std::string record;
    Offset superseded_by = kNotSuperseded;
  };
  struct Replaced {
    Offset old;
    Offset by;
  };
  /// Adds the records of offsets `first`, `first`+1, …. A gap to what is held forgets what is held.
  /// `replaced` marks older records as superseded (those still held).
  void add(Offset first, std::vector<std::string> records, const std::vector<Replaced>& replaced);

  struct Rewritten {
    Offset offset;
    std::string record;
  };
  /// Replaces records that are still held.
  void rewrite(const std::vector<Rewritten>& records);

  /// Visits [from, end). False, and nothing is visited: `from` is older than what is held.
  /// `stopped` gets where to continue (see RecordLog::scan).
  bool visit(Offset from, Offset end, const RecordLog::Visit& visit, Offset& stopped) const;

  /// The record of an offset, where it is still held.
  std::optional<std::string> copy(Offset offset) const;

  std::size_t bytes() const;

 private:
  void trim();

  const std::size_t max_bytes_;
  mutable std::shared_mutex mutex_;
  std::deque<Entry> entries_;
  Offset first_{1};  // of entries_.front()
  std::size_t bytes_ = 0;
};

}  // namespace feed
