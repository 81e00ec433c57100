#pragma once
// Records of many partitions become transactions in one order.

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/debezium/envelope.h"
#include "connectors/kafka/kafka_position.h"

namespace connectors {

struct MergeSettings {
  std::string source;                          ///< of positions
  std::size_t slice_rows = 2'000;              ///< a transaction is cut where it is longer
  std::size_t lane_records = 2'000;            ///< what full() says of a lane
  std::size_t lane_bytes = 16U << 20;
  std::chrono::milliseconds patience{5'000};   ///< for a partition that brings nothing, and for records that a mark announces
};

/// One lane a partition. Records are handed out by their place in the database's log across lanes, never out of order within one; a lane that has nothing and is not at its
/// end holds the others back for `patience`.
///
/// What belongs together: with transaction marks, everything a mark counts; without, neighbours that name the same transaction, and neighbours of a snapshot.
///
/// Sequence numbers count records: from the one given to start(), by as much as the lanes have moved. They are the same whatever order lanes were read in, once the lanes
/// stand at the same offsets, which is what logged() makes sure of at a resume.
/// Pure: no I/O, no clock. Threads: one.
class RecordMerge {
 public:
  explicit RecordMerge(MergeSettings settings) : settings_(std::move(settings)) {}

  /// Forgets everything.
  void start(std::uint64_t sequence);
  /// `start`: the offset to begin with. `end`: the partition's end now; at_end() waits for it.
  std::size_t add_lane(TopicPartition place, std::int64_t start, std::int64_t end);
  std::size_t add_mark_lane(TopicPartition place, std::int64_t start);
  /// Behind start() and add_lane(): what lies before these offsets is in the log, up to `sequence`, and is handed out first.
  void logged(const KafkaOffsets& offsets, std::uint64_t sequence);

  /// `record`: nullopt for one that brings no row.
  void push(std::size_t lane, std::int64_t offset, std::optional<DebeziumRecord> record, std::size_t bytes);
  /// `events`: of captured tables.
  void push_mark(std::size_t lane, std::int64_t offset, const TransactionMark& mark, std::uint64_t events);
  /// Nothing is behind what was pushed, as far as the broker has said.
  void set_drained(std::size_t lane, bool drained) { lanes_[lane].drained = drained; }

  /// The next slice, `now` being any steady time; nullopt: more has to be pushed first.
  std::optional<Slice> take(engine::MonoTime now);

  bool full(std::size_t lane) const { return lanes_[lane].held.size() >= settings_.lane_records || lanes_[lane].bytes >= settings_.lane_bytes; }
  bool has_room_again(std::size_t lane) const { return lanes_[lane].held.size() <= settings_.lane_records / 2 && lanes_[lane].bytes <= settings_.lane_bytes / 2; }
  std::size_t held() const { return held_; }
  /// Behind what was handed out in whole transactions.
  feed::SourcePosition position() const;
  KafkaOffsets offsets() const;
  bool at_end() const;

 private:
  struct Held {
    std::int64_t offset = 0;
    std::size_t bytes = 0;
    DebeziumRecord record;
  };
  struct Lane {
    TopicPartition place;
    std::int64_t start = 0, end = 0;
    std::int64_t taken = 0;            // next offset behind what was handed out
    std::int64_t stored = 0;           // the same, of whole transactions
    std::int64_t pushed = 0;           // next offset behind what was pushed
    std::optional<std::int64_t> limit;  // while the log is ahead
    std::deque<Held> held;
    std::size_t bytes = 0;
    bool drained = false;
    bool passed_over = false;          // it has kept the others waiting for too long
    bool marks = false;
  };
  struct Mark {
    std::string id;
    std::uint64_t events = 0;
    std::int64_t offset = 0;
  };
  Lane* pick(engine::MonoTime now);
  void take_front(Lane& lane, Slice& slice);
  bool belongs(const Slice& slice, const DebeziumRecord& next) const;
  void reach_limits();
  enum class Opened : std::uint8_t { kUnmarked, kOpen, kWait };
  static bool closed(const Lane& lane);
  Lane* pick_of_open();
  bool waited(engine::MonoTime now);
  Opened open_marked(const DebeziumRecord& next, engine::MonoTime now);
  std::optional<Slice> take_open(engine::MonoTime now);
  void finish(Slice& slice);
  std::uint64_t sequence() const;

  MergeSettings settings_;
  std::vector<Lane> lanes_;
  std::deque<Mark> marks_;
  std::optional<std::size_t> mark_lane_;
  std::uint64_t base_ = 0;                         // sequence at the lanes' starts
  std::optional<std::uint64_t> logged_;            // while a lane has a limit
  std::optional<engine::MonoTime> waiting_since_;  // for a lane, or for a mark
  std::string open_;                               // the marked transaction that is being handed out
  std::uint64_t open_rows_ = 0;
  engine::WallTime open_time_{};
  std::size_t held_ = 0;
};

}  // namespace connectors
