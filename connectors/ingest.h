#pragma once
// Takes source transactions through both stores: mirror, rendering, log (design.md section 5, "Order of two stores").

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/mapping/mapping_session.h"
#include "connectors/mirror/cascade.h"
#include "connectors/mirror/mirror.h"
#include "connectors/projection.h"
#include "engine/base/clock.h"
#include "feed/change_log.h"
#include "feed/differ.h"

namespace connectors {

struct IngestLimits {
  std::size_t group_changes = 2000;       ///< a group with so many changes is closed
  std::size_t group_transactions = 1000;  ///< or with so many transactions
  std::size_t stage_bytes = 4u << 20;     ///< rendered bytes kept in memory before they are staged in the log
  std::size_t render_at_once = 2000;      ///< resources of one call of the differ
};

/// Time spent in each stage so far, waiting for the disk included. Of one thread: they do not overlap.
struct StageTimes {
  std::chrono::nanoseconds read{0};    ///< the source: bytes to row changes; set by whoever reads it
  std::chrono::nanoseconds mirror{0};  ///< rows into the mirror, the ids they affect, its commits
  std::chrono::nanoseconds render{0};
  std::chrono::nanoseconds diff{0};
  std::chrono::nanoseconds append{0};  ///< the log's append, synced
};

struct IngestRooms {
  Mirror& mirror;
  MappingSession& mapping;
  const Cascade& cascade;
  feed::ChangeLog& log;
  const engine::Clock& clock;
  std::string source;  ///< the source's id: part of event ids, key of its position
};

/// One group of transactions at a time: open_group, take and pass_time as often as wanted, then close_group (log first, synced; then the
/// mirror: so the mirror is never ahead) or abandon (nothing happened).
///
/// After an error abandon() and start over from the mirror's position. Transactions at or below the log's position only bring
/// the mirror up to date and append nothing.
/// Threads: the mirror's. Blocking: everything.
class Ingest {
 public:
  static engine::Result<Ingest> create(IngestRooms rooms, IngestLimits limits = {});

  engine::Result<void> open_group();
  /// kConflict: a row has another shape than the mirror's table; reshaped() names the table, which has to be read again.
  engine::Result<void> take(const Slice& slice);
  /// Moves the position past transactions that held nothing of ours.
  void skip_to(const feed::SourcePosition& position);
  /// Appends every transition due up to `until`, oldest first. Between transactions only. Does nothing while the mirror is
  /// older than the log.
  engine::Result<void> pass_time(engine::WallTime until);
  /// Renders every resource and appends what differs from the log, then marks the mirror complete.
  /// `position` must not be behind the log's. On an empty log in the order of contract craft-agents-api 12.5 with origin snapshot, later with origin resnapshot.
  engine::Result<void> render_everything(const feed::SourcePosition& position);
  /// Marks the tables of reshaped() in the mirror, with the same commit: a position behind their change must not outlive the duty to read them.
  engine::Result<void> close_group();
  void abandon();

  bool group_open() const { return open_; }
  bool group_full() const { return changes_ >= limits_.group_changes || transactions_ >= limits_.group_transactions; }
  /// Something happened since open_group that close_group would store.
  bool group_dirty() const { return dirty_; }
  /// Tables to read again: their shape changed in what take() has seen.
  const std::set<std::string>& reshaped() const { return reshaped_; }
  /// A table was altered where nobody reads, or got other keys: close the group and begin a new session, so that shapes and foreign keys are looked at again.
  bool wants_new_session() const { return wants_new_session_; }
  /// Mid-transaction: the last slice taken was not its last.
  bool in_transaction() const { return in_transaction_; }
  std::uint64_t changes_appended() const { return appended_; }
  engine::WallTime last_commit_time() const { return last_commit_; }
  const StageTimes& stages() const { return stages_; }

 private:
  struct SnapshotKey;
  Ingest(IngestRooms rooms, IngestLimits limits) : rooms_(std::move(rooms)), limits_(limits), differ_(rooms_.log, rooms_.source), projection_(rooms_.mirror) {}
  engine::Result<void> begin_transaction(const Slice& slice);
  void note(const Alteration& alteration);
  engine::Result<void> apply(const RowChange& change);
  engine::Result<void> finish_transaction(const Slice& slice);
  engine::Result<void> render(const AffectedSet& affected, engine::WallTime now, const feed::TransactionMeta& meta);
  engine::Result<std::vector<feed::Rendering>> renderings(std::span<const feed::ResourceKey> keys, engine::WallTime now);
  engine::Result<void> emit(const feed::TransactionMeta& meta, std::span<const feed::Rendering> renderings);
  engine::Result<std::vector<SnapshotKey>> snapshot_keys(bool first, engine::WallTime now);
  engine::Result<void> pass_due(engine::WallTime until);
  engine::Result<void> refresh_due();
  engine::Result<void> mark_reshaped();

  IngestRooms rooms_;
  IngestLimits limits_;
  feed::Differ differ_;
  Projection projection_;
  std::uint64_t logged_sequence_ = 0;     // of the log's position; nothing at or below is appended again
  bool logged_before_ = false;            // the log had a position of this source
  feed::SourcePosition position_;         // behind the last finished transaction of the group
  engine::WallTime last_instant_{};       // transitions up to here are in the log
  std::optional<engine::WallTime> next_due_;
  AffectedSet affected_;                  // of the transaction being taken
  std::set<std::string> reshaped_;
  std::vector<feed::Change> pending_;
  std::size_t pending_bytes_ = 0;
  std::size_t changes_ = 0;
  std::size_t transactions_ = 0;
  bool open_ = false;
  bool dirty_ = false;
  bool in_transaction_ = false;
  bool wants_new_session_ = false;
  std::uint64_t appended_ = 0;
  engine::WallTime last_commit_{};
  StageTimes stages_;
};

}  // namespace connectors
