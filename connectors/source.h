#pragma once
// A place row changes come from: a database's log and its current rows.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "connectors/row_change.h"
#include "engine/base/result.h"

namespace connectors {

/// Rows of one table, read at one point of the stream.
struct Chunk {
  TablePtr table;
  std::vector<Row> rows;            ///< ascending by primary key
  bool last = false;                ///< the table ends here
  feed::SourcePosition position;    ///< the rows are exactly as of behind this position (token only; sequence is not set)
};

/// Threads: one thread uses a source, for life. Blocking: everything. Cancelled by stop().
///
/// Errors: kUnavailable (away; the caller backs off and calls connect again), kConflict (the server is not the one the position
/// belongs to, or its log no longer reaches back to it: a new snapshot is needed), kUnsupported (a setting or a column
/// type we cannot read; the detail names it and the SQL that mends it), kMalformed (the log is damaged: checksum, truncated event).
class Source {
 public:
  virtual ~Source() = default;

  /// Connects, checks the server's settings, and makes ready to stream behind `from`; nullopt: from the server's current position.
  /// May be called again after an error.
  virtual engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) = 0;

  /// The next slice, waiting at most `patience`; nullopt: nothing of ours arrived (position() may have moved all the same).
  virtual engine::Result<std::optional<Slice>> next(std::chrono::milliseconds patience) = 0;

  /// Behind the last transaction that next() has passed or skipped; what a resume needs.
  virtual feed::SourcePosition position() const = 0;

  /// True where next() has passed `position` (of a Chunk): everything up to there was handed out.
  virtual bool reached(const feed::SourcePosition& position) const = 0;

  /// True where next() has passed everything that was committed when connect() was called: what a nullopt of next() then means
  /// is "nothing newer yet", not "still searching".
  virtual bool at_end() const = 0;

  /// True where the server keeps its log until it is told that it need not.
  virtual bool waits_for_acknowledgement() const { return false; }
  /// Everything up to `durable` (a position of next(), of this connection) will never be asked for again, come what may. Errors as next().
  virtual engine::Result<void> acknowledge(const feed::SourcePosition& durable) {
    (void)durable;
    return engine::ok();
  }

  // The next three need no connect() before them: what to capture is decided before the stream begins.

  /// Shapes of the named tables (as mappings know them); a name the source lacks is left out.
  virtual engine::Result<std::vector<Table>> describe(const std::vector<std::string>& tables) = 0;
  /// All tables of the configured database.
  virtual engine::Result<std::vector<std::string>> tables() = 0;
  /// Every foreign key between tables of the configured database; empty where the source logs cascades itself.
  virtual engine::Result<std::vector<ForeignKey>> foreign_keys() = 0;

  /// Up to `max_rows` rows with a primary key above `after` (cells of the key, in key order; empty: from the start). Tables without a primary key come in one chunk.
  virtual engine::Result<Chunk> read_chunk(const Table& table, const Row& after, std::size_t max_rows) = 0;

  /// True where the stream itself, from its beginning, brings the rows (topics that hold Debezium's snapshot): read_chunk() then gives an empty table as of the
  /// stream's beginning, kConflict further on, and the first copy is complete once the stream has passed at_end().
  virtual bool rows_come_in_stream() const { return false; }

  /// Before connect(): what the log holds of this source. A source whose order may differ from one run to the next (several partitions) first hands out exactly
  /// what lies between the position given to connect() and this one, with sequence numbers up to its.
  virtual void already_logged(const feed::SourcePosition&) {}

  /// Any thread: makes a blocked call return kCancelled, now and from then on.
  virtual void stop() = 0;
};

}  // namespace connectors
