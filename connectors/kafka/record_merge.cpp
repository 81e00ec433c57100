#include "connectors/kafka/record_merge.h"

#include <algorithm>
#include <tuple>

namespace connectors {

void RecordMerge::start(std::uint64_t sequence) {
  *this = RecordMerge(settings_);
  base_ = sequence;
}

std::size_t RecordMerge::add_lane(TopicPartition place, std::int64_t start, std::int64_t end) {
  Lane lane;
  lane.place = std::move(place);
  lane.start = lane.taken = lane.stored = lane.pushed = start;
  lane.end = end;
  if (logged_) lane.limit = start;
  lanes_.push_back(std::move(lane));
  return lanes_.size() - 1;
}

std::size_t RecordMerge::add_mark_lane(TopicPartition place, std::int64_t start) {
  mark_lane_ = add_lane(std::move(place), start, start);
  lanes_[*mark_lane_].marks = true;
  lanes_[*mark_lane_].limit.reset();
  return *mark_lane_;
}

void RecordMerge::logged(const KafkaOffsets& offsets, std::uint64_t sequence) {
  if (sequence <= this->sequence()) return;
  logged_ = sequence;
  for (Lane& lane : lanes_) {
    if (lane.marks) continue;
    const auto found = offsets.find(lane.place);
    lane.limit = found == offsets.end() ? lane.start : std::max(found->second, lane.start);
  }
  reach_limits();
}

void RecordMerge::push(std::size_t index, std::int64_t offset, std::optional<DebeziumRecord> record, std::size_t bytes) {
  Lane& lane = lanes_[index];
  lane.pushed = offset + 1;
  lane.drained = lane.passed_over = false;
  if (record) {
    lane.held.push_back({offset, bytes, std::move(*record)});
    lane.bytes += bytes;
    ++held_;
  } else if (lane.held.empty()) {
    lane.taken = offset + 1;
    if (open_.empty()) lane.stored = lane.taken;
  }
}

void RecordMerge::push_mark(std::size_t index, std::int64_t offset, const TransactionMark& mark, std::uint64_t events) {
  Lane& lane = lanes_[index];
  lane.pushed = offset + 1;
  if (mark.end && events > 0) {
    marks_.push_back({mark.id, events, offset});
  } else if (marks_.empty()) {
    lane.taken = lane.stored = offset + 1;
  }
}

// Where the log is ahead, the lanes stop at its offsets until all have got there; then the numbers meet, whatever was trimmed or compacted between.
void RecordMerge::reach_limits() {
  if (!logged_) return;
  for (Lane& lane : lanes_) {
    if (!lane.limit) continue;
    const bool there = lane.taken >= *lane.limit || (!lane.held.empty() && lane.held.front().offset >= *lane.limit) || (lane.held.empty() && (lane.pushed >= *lane.limit || lane.drained));
    if (!there) return;
  }
  for (Lane& lane : lanes_) {
    if (lane.limit) lane.taken = lane.stored = std::max(lane.taken, *lane.limit);
    lane.limit.reset();
  }
  const auto moved = sequence() - base_;
  base_ = *logged_ - moved;
  logged_.reset();
}

// Unsigned arithmetic may pass below zero on the way and comes back.
std::uint64_t RecordMerge::sequence() const {
  std::uint64_t moved = 0;
  for (const Lane& lane : lanes_) {
    if (!lane.marks) moved += static_cast<std::uint64_t>(lane.taken - lane.start);
  }
  return logged_ ? std::min(base_ + moved, *logged_) : base_ + moved;
}

/// Brings nothing that may be handed out now.
bool RecordMerge::closed(const Lane& lane) {
  return lane.marks || (lane.limit && (lane.taken >= *lane.limit || (!lane.held.empty() && lane.held.front().offset >= *lane.limit)));
}

RecordMerge::Lane* RecordMerge::pick(engine::MonoTime now) {
  Lane* first = nullptr;
  bool waits = false;
  for (Lane& lane : lanes_) {
    if (closed(lane)) continue;
    if (lane.held.empty()) {
      waits = waits || !(lane.drained || lane.passed_over);
      continue;
    }
    const auto place = [](const Lane& l) { return std::tie(l.held.front().record.log_file, l.held.front().record.log_position); };
    if (!first || place(lane) < place(*first)) first = &lane;
  }
  if (!waits && !first) waiting_since_.reset();
  if (!waits) return first;
  if (!first || !waited(now)) return nullptr;
  for (Lane& lane : lanes_) lane.passed_over = lane.passed_over || lane.held.empty();  // until it brings something
  waiting_since_.reset();
  return first;
}

bool RecordMerge::belongs(const Slice& slice, const DebeziumRecord& next) const {
  if (slice.rows.empty()) return true;
  if (slice.transaction_id.empty()) return next.transaction.empty() && next.snapshot;
  return next.transaction == slice.transaction_id && !next.snapshot;
}

void RecordMerge::take_front(Lane& lane, Slice& slice) {
  Held& held = lane.held.front();
  if (slice.rows.empty() && !held.record.snapshot) slice.transaction_id = held.record.transaction;
  slice.commit_time = std::max(slice.commit_time, held.record.commit_time);
  slice.rows.push_back(std::move(held.record.row));
  lane.taken = held.offset + 1;
  lane.bytes -= held.bytes;
  lane.held.pop_front();
  if (lane.held.empty()) lane.taken = std::max(lane.taken, lane.pushed);
  --held_;
}

/// The lane whose first record is the next one of the open transaction.
RecordMerge::Lane* RecordMerge::pick_of_open() {
  Lane* first = nullptr;
  for (Lane& lane : lanes_) {
    if (closed(lane) || lane.held.empty() || lane.held.front().record.transaction != open_) continue;
    if (!first || lane.held.front().record.order < first->held.front().record.order) first = &lane;
  }
  return first;
}

bool RecordMerge::waited(engine::MonoTime now) {
  if (!waiting_since_) waiting_since_ = now;
  return now - *waiting_since_ >= settings_.patience;
}

/// The order of marks is the order of transactions, whatever came first through its topic. A record whose mark is lost, or was closed before it came, stands for itself.
RecordMerge::Opened RecordMerge::open_marked(const DebeziumRecord& next, engine::MonoTime now) {
  if (!mark_lane_ || next.order == 0) return Opened::kUnmarked;
  const bool announced = std::any_of(marks_.begin(), marks_.end(), [&](const Mark& m) { return m.id == next.transaction; });
  if (!announced) return !marks_.empty() || waited(now) ? Opened::kUnmarked : Opened::kWait;
  open_ = marks_.front().id;
  open_rows_ = 0;
  open_time_ = {};
  waiting_since_.reset();
  return Opened::kOpen;
}

std::optional<Slice> RecordMerge::take_open(engine::MonoTime now) {
  Slice slice;
  slice.transaction_id = open_;
  slice.commit_time = open_time_;
  while (slice.rows.size() < settings_.slice_rows && open_rows_ < marks_.front().events) {
    Lane* lane = pick_of_open();
    if (!lane) break;
    take_front(*lane, slice);
    ++open_rows_;
  }
  open_time_ = slice.commit_time;
  if (!slice.rows.empty()) waiting_since_.reset();
  if (open_rows_ < marks_.front().events && !waited(now)) {
    if (slice.rows.empty()) return std::nullopt;
    slice.last = false;
    return slice;
  }
  auto& lane = lanes_[*mark_lane_];
  lane.taken = marks_.front().offset + 1;
  marks_.pop_front();
  if (marks_.empty()) lane.taken = lane.pushed;
  open_.clear();
  finish(slice);
  return slice;
}

void RecordMerge::finish(Slice& slice) {
  for (Lane& lane : lanes_) lane.stored = lane.taken;
  waiting_since_.reset();
  slice.last = true;
  slice.position = position();
}

std::optional<Slice> RecordMerge::take(engine::MonoTime now) {
  reach_limits();
  if (!open_.empty()) return take_open(now);
  Slice slice;
  while (slice.rows.size() < settings_.slice_rows) {
    Lane* lane = pick(now);
    if (!lane) break;
    const DebeziumRecord& next = lane->held.front().record;
    if (slice.rows.empty()) {
      const auto opened = open_marked(next, now);
      if (opened == Opened::kWait) return std::nullopt;
      if (opened == Opened::kOpen) return take_open(now);
    }
    if (!belongs(slice, next)) break;
    take_front(*lane, slice);
  }
  if (slice.rows.empty()) return std::nullopt;
  finish(slice);
  // Parts of one transaction must not share the ids of its events.
  slice.transaction_id += "@" + std::to_string(slice.position.sequence);
  return slice;
}

KafkaOffsets RecordMerge::offsets() const {
  KafkaOffsets offsets;
  for (const Lane& lane : lanes_) offsets[lane.place] = lane.stored;
  return offsets;
}

// Between whole transactions `taken` and `stored` agree; inside one the number is of no interest to anybody.
feed::SourcePosition RecordMerge::position() const { return {settings_.source, sequence(), print_offsets(offsets())}; }

bool RecordMerge::at_end() const {
  if (logged_ || !open_.empty()) return false;
  return std::all_of(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return lane.marks || lane.taken >= lane.end || (lane.held.empty() && lane.drained); });
}

}  // namespace connectors
