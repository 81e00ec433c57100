#pragma once
// Fills the mirror with a first copy, chunk by chunk, without a lock, resumable after every chunk.

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "connectors/mirror/cascade.h"
#include "connectors/mirror/mirror.h"
#include "connectors/projection.h"
#include "connectors/source.h"

namespace connectors {

struct SnapshotProgress {
  std::size_t tables_done = 0;
  std::size_t tables = 0;
  std::uint64_t rows = 0;  ///< copied in this run
};

/// Each chunk is read at a position P of the stream. The stream is then followed up to P, its rows going into the mirror, and only
/// then the chunk replaces its range: so the range is exactly as of P, and so is everything copied before. Chunk, progress and position are one commit.
/// Threads: the mirror's. Blocking: everything.
class Snapshot {
 public:
  Snapshot(Source& source, Mirror& mirror, const Cascade& cascade, std::string source_name, std::size_t chunk_rows)
      : source_(source), mirror_(mirror), cascade_(cascade), source_name_(std::move(source_name)), projection_(mirror, Projection::Absent::kNull), chunk_rows_(chunk_rows) {}

  /// Copies every table of `tables` whose progress is not done. `told` after every chunk; returns false to stop (then kCancelled).
  /// kConflict: a table or its keys changed under way; the position behind that, and the progress of tables to read again, were
  /// committed: open the session anew.
  engine::Result<void> fill(const std::vector<TablePtr>& tables, const std::function<bool(const SnapshotProgress&)>& told);

  /// Follows the stream, rows going into the mirror, until it stands at transaction number `sequence` or later.
  engine::Result<void> catch_up(std::uint64_t sequence);

  /// For a source whose rows come in the stream: follows it to its end, storing rows and position every `chunk_rows` rows. `told` as in fill().
  engine::Result<void> follow_to_end(const std::function<bool(const SnapshotProgress&)>& told);

  /// The kConflict came from here (a table or its keys changed under way), not from the source.
  bool look_again() const { return look_again_; }

 private:
  engine::Result<void> copy(const TablePtr& table, SnapshotProgress& progress, const std::function<bool(const SnapshotProgress&)>& told);
  engine::Result<void> follow(const std::function<bool()>& there, std::uint64_t* rows = nullptr);
  engine::Result<void> apply(const Slice& slice);

  Source& source_;
  Mirror& mirror_;
  const Cascade& cascade_;
  std::string source_name_;
  Projection projection_;  // lenient: a table whose shape has moved on is read again from its start, rows in its former shape need only not be in the way
  std::size_t chunk_rows_;
  bool look_again_ = false;
};

}  // namespace connectors
