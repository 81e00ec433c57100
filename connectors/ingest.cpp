#include "connectors/ingest.h"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace connectors {

using engine::Result;
using engine::WallTime;

namespace {

// Adds the time it lives to one stage.
class Timed {
 public:
  Timed(const engine::Clock& clock, std::chrono::nanoseconds& stage) : clock_(clock), stage_(stage), start_(clock.now()) {}
  ~Timed() { stage_ += clock_.now() - start_; }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  const engine::Clock& clock_;
  std::chrono::nanoseconds& stage_;
  const engine::MonoTime start_;
};

}  // namespace

Result<Ingest> Ingest::create(IngestRooms rooms, IngestLimits limits) {
  Ingest ingest(std::move(rooms), limits);
  // What an earlier, failed transaction has staged must not ride along with the next one.
  if (auto dropped = ingest.rooms_.log.drop_staged(); !dropped) return dropped.take_error();
  auto logged = ingest.rooms_.log.position(ingest.rooms_.source);
  if (!logged) return logged.take_error();
  if (*logged) {
    ingest.logged_before_ = true;
    ingest.logged_sequence_ = (*logged)->sequence;
  }
  auto instant = ingest.rooms_.mirror.last_instant();
  if (!instant) return instant.take_error();
  if (*instant) ingest.last_instant_ = **instant;
  auto position = ingest.rooms_.mirror.position();
  if (!position) return position.take_error();
  if (*position) ingest.position_ = **position;
  if (auto due = ingest.refresh_due(); !due) return due.take_error();
  return ingest;
}

Result<void> Ingest::open_group() {
  if (auto begun = rooms_.mirror.begin(); !begun) return begun;
  open_ = true;
  dirty_ = false;
  changes_ = transactions_ = 0;
  return engine::ok();
}

// Transitions that fell due before a transaction come before it, and must not see its rows. Where the number of a transaction is not known
// yet (it comes in several slices) the next number is a safe guess: it can only be too low.
Result<void> Ingest::begin_transaction(const Slice& slice) {
  in_transaction_ = true;
  const std::uint64_t sequence = slice.last ? slice.position.sequence : position_.sequence + 1;
  if (sequence > logged_sequence_) return pass_due(slice.commit_time);
  return engine::ok();
}

// The mirror holds exactly the columns that are read; where an alteration names none of them, its rows are as they were.
void Ingest::note(const Alteration& alteration) {
  wants_new_session_ = dirty_ = true;
  const auto table = rooms_.mirror.table(alteration.table);
  if (table && touches(alteration, *table)) reshaped_.insert(alteration.table);
}

Result<void> Ingest::apply(const RowChange& change) {
  auto projected = projection_.project(change);
  if (!projected) {
    if (projected.error().code == engine::Errc::kConflict) reshaped_.insert(change.table->name);
    return projected.take_error();
  }
  if (!*projected) return engine::ok();
  dirty_ = true;
  auto derived = rooms_.cascade.expand(**projected);
  if (!derived) return derived.take_error();
  for (const RowChange& row : *derived) {
    if (auto before = rooms_.mapping.affected(row, MappingSession::Moment::kBefore, affected_); !before) return before;
    if (auto applied = rooms_.mirror.apply(row); !applied) return applied;
    if (auto after = rooms_.mapping.affected(row, MappingSession::Moment::kAfter, affected_); !after) return after;
  }
  return engine::ok();
}

Result<void> Ingest::take(const Slice& slice) {
  if (!in_transaction_) {
    if (auto begun = begin_transaction(slice); !begun) return begun;
  }
  reshaped_.insert(slice.reshaped.begin(), slice.reshaped.end());
  if (!slice.reshaped.empty()) dirty_ = true;
  for (const Alteration& alteration : slice.altered) note(alteration);
  {
    const Timed timed(rooms_.clock, stages_.mirror);
    for (const RowChange& change : slice.rows) {
      if (auto applied = apply(change); !applied) return applied;
    }
  }
  if (!slice.last) return engine::ok();
  in_transaction_ = false;
  return finish_transaction(slice);
}

Result<void> Ingest::finish_transaction(const Slice& slice) {
  AffectedSet affected;
  affected.swap(affected_);
  last_commit_ = std::max(last_commit_, slice.commit_time);
  const bool news = slice.position.sequence > logged_sequence_;
  if (news) {
    if (auto passed = pass_due(slice.commit_time); !passed) return passed;  // passed already, but for the guess above
    feed::TransactionMeta meta;
    meta.source_transaction = slice.transaction_id;
    meta.commit_time = slice.commit_time;
    meta.appended_at = rooms_.clock.wall_now();
    if (auto rendered = render(affected, std::max(slice.commit_time, last_instant_), meta); !rendered) return rendered;
  } else {
    last_instant_ = std::max(last_instant_, slice.commit_time);
    if (auto refreshed = refresh_due(); !refreshed) return refreshed;
  }
  position_ = slice.position;
  position_.source = rooms_.source;
  ++transactions_;
  if (!affected.empty()) return refresh_due();
  return engine::ok();
}

void Ingest::skip_to(const feed::SourcePosition& position) {
  if (position.sequence == position_.sequence && position.token == position_.token) return;
  position_ = position;
  dirty_ = true;
}

Result<void> Ingest::refresh_due() {
  auto next = rooms_.mapping.next_due(last_instant_);
  if (!next) return next.take_error();
  next_due_ = *next;
  return engine::ok();
}

Result<void> Ingest::pass_time(WallTime until) {
  if (position_.sequence < logged_sequence_) return engine::ok();  // the mirror is older than the log: what it shows is history
  return pass_due(until);
}

Result<void> Ingest::pass_due(WallTime until) {
  while (next_due_ && *next_due_ <= until) {
    const WallTime instant = *next_due_;
    auto due = rooms_.mapping.due(last_instant_, instant);
    if (!due) return due.take_error();
    feed::TransactionMeta meta;
    meta.origin = feed::Origin::kSchedule;
    meta.source_transaction = "schedule:" + engine::rfc3339(instant);
    meta.commit_time = instant;
    meta.appended_at = rooms_.clock.wall_now();
    if (auto rendered = render(*due, instant, meta); !rendered) return rendered;
    last_instant_ = instant;
    dirty_ = true;
    if (auto refreshed = refresh_due(); !refreshed) return refreshed;
  }
  last_instant_ = std::max(last_instant_, until);
  return engine::ok();
}

Result<std::vector<feed::Rendering>> Ingest::renderings(std::span<const feed::ResourceKey> keys, WallTime now) {
  const Timed timed(rooms_.clock, stages_.render);
  std::vector<feed::Rendering> all;
  all.reserve(keys.size());
  const MappingSession::Sink keep = [&all](feed::Rendering rendering) {
    all.push_back(std::move(rendering));
    return engine::ok();
  };
  for (std::size_t i = 0; i < keys.size();) {
    std::vector<std::string> ids;
    const std::string& type = keys[i].type;
    for (; i < keys.size() && keys[i].type == type; ++i) ids.push_back(keys[i].id);
    if (auto rendered = rooms_.mapping.render(type, ids, now, keep); !rendered) return rendered.take_error();
  }
  return all;
}

Result<void> Ingest::render(const AffectedSet& affected, WallTime now, const feed::TransactionMeta& meta) {
  const std::vector<feed::ResourceKey> keys(affected.begin(), affected.end());
  for (std::size_t from = 0; from < keys.size(); from += limits_.render_at_once) {
    const auto part = std::span(keys).subspan(from, std::min(limits_.render_at_once, keys.size() - from));
    auto rendered = renderings(part, now);
    if (!rendered) return rendered.take_error();
    if (auto emitted = emit(meta, *rendered); !emitted) return emitted;
  }
  return engine::ok();
}

Result<void> Ingest::emit(const feed::TransactionMeta& meta, std::span<const feed::Rendering> rendered) {
  auto changes = [&] {
    const Timed timed(rooms_.clock, stages_.diff);
    return differ_.diff(meta, rendered);
  }();
  if (!changes) return changes.take_error();
  changes_ += changes->size();
  for (feed::Change& change : *changes) {
    const auto& parts = change.parts;
    pending_bytes_ += parts.list.size() + parts.feed.size() + parts.detail.size() + parts.sensitive.size() + parts.webhook.size() + 128;
    pending_.push_back(std::move(change));
  }
  if (!changes->empty()) dirty_ = true;
  if (pending_bytes_ < limits_.stage_bytes) return engine::ok();
  const Timed timed(rooms_.clock, stages_.append);
  auto staged = rooms_.log.append_part(pending_);
  if (!staged) return staged;
  appended_ += pending_.size();
  pending_.clear();
  pending_bytes_ = 0;
  return engine::ok();
}

Result<void> Ingest::mark_reshaped() {
  if (reshaped_.empty()) return engine::ok();
  for (const auto& table : reshaped_) {
    if (auto reset = rooms_.mirror.set_progress(table, {}); !reset) return reset;
  }
  return rooms_.mirror.set_complete(false);
}

Result<void> Ingest::close_group() {
  open_ = false;
  if (!dirty_) {
    rooms_.mirror.rollback();
    // What was read changed nothing here and its position is not stored: skip_to() must find it new.
    auto stored = rooms_.mirror.position();
    if (!stored) return stored.take_error();
    if (*stored) position_ = **stored;
    return engine::ok();
  }
  // A mirror that lags behind the log (a crash between the two stores) must not take the log's position back.
  if (position_.sequence >= logged_sequence_) {
    const Timed timed(rooms_.clock, stages_.append);
    auto appended = rooms_.log.append(pending_, position_);
    if (!appended) return appended.take_error();
    logged_sequence_ = position_.sequence;
    logged_before_ = true;
  } else {
    assert(pending_.empty());
  }
  appended_ += pending_.size();
  pending_.clear();
  pending_bytes_ = 0;
  differ_.committed();
  const Timed timed(rooms_.clock, stages_.mirror);
  if (auto set = rooms_.mirror.set_position(position_); !set) return set;
  if (auto set = rooms_.mirror.set_last_instant(last_instant_); !set) return set;
  if (auto marked = mark_reshaped(); !marked) return marked;
  return rooms_.mirror.commit();
}

void Ingest::abandon() {
  pending_.clear();
  pending_bytes_ = 0;
  affected_.clear();
  reshaped_.clear();
  differ_.rollback();
  (void)rooms_.log.drop_staged();
  if (rooms_.mirror.in_transaction()) rooms_.mirror.rollback();
  rooms_.mapping.rows_went_back();
  open_ = dirty_ = in_transaction_ = false;
}

// What is needed to put a resource in its place; renderings themselves would not fit in memory.
struct Ingest::SnapshotKey {
  WallTime updated_at;
  feed::ResourceKey key;
};

Result<std::vector<Ingest::SnapshotKey>> Ingest::snapshot_keys(bool first, WallTime now) {
  std::vector<SnapshotKey> keys;
  for (const std::string& type : rooms_.mapping.types()) {
    auto ids = rooms_.mapping.all_ids(type);
    if (!ids) return ids.take_error();
    std::set<std::string> known(ids->begin(), ids->end());
    const MappingSession::Sink note = [&](feed::Rendering rendering) {
      keys.push_back({engine::floor_seconds(rendering.raw_updated_at), std::move(rendering.key)});
      return engine::ok();
    };
    if (auto rendered = rooms_.mapping.render(type, *ids, now, note); !rendered) return rendered.take_error();
    if (first) continue;
    // What the log still shows as alive and the source no longer has: rendered as absent, it becomes a tombstone.
    auto gone = rooms_.log.for_each_live(type, [&](const feed::ResourceKey& key, const feed::Latest&) {
      if (!known.contains(key.id)) keys.push_back({now, key});
    });
    if (!gone) return gone.take_error();
  }
  std::sort(keys.begin(), keys.end(), [](const SnapshotKey& a, const SnapshotKey& b) {
    return a.updated_at != b.updated_at ? a.updated_at < b.updated_at : ResourceKeyOrder{}(a.key, b.key);
  });
  return keys;
}

Result<void> Ingest::render_everything(const feed::SourcePosition& position) {
  const bool first = !logged_before_;
  const WallTime now = engine::floor_seconds(rooms_.clock.wall_now());
  auto keys = snapshot_keys(first, now);
  if (!keys) return keys.take_error();
  feed::TransactionMeta meta;
  meta.origin = first ? feed::Origin::kSnapshot : feed::Origin::kResnapshot;
  meta.source_transaction = "snapshot:" + std::to_string(rooms_.log.high_watermark().value) + ":" + position.token;  // never the same twice
  meta.commit_time = now;
  meta.appended_at = now;
  for (std::size_t from = 0; from < keys->size(); from += limits_.render_at_once) {
    const auto part = std::span(*keys).subspan(from, std::min(limits_.render_at_once, keys->size() - from));
    std::vector<feed::ResourceKey> by_type;
    for (const auto& key : part) by_type.push_back(key.key);
    std::sort(by_type.begin(), by_type.end(), ResourceKeyOrder{});
    auto rendered = renderings(by_type, now);
    if (!rendered) return rendered.take_error();
    std::vector<feed::Rendering> in_order(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto at = std::lower_bound(by_type.begin(), by_type.end(), part[i].key, ResourceKeyOrder{}) - by_type.begin();
      in_order[i] = std::move((*rendered)[static_cast<std::size_t>(at)]);
    }
    if (auto emitted = emit(meta, in_order); !emitted) return emitted;
  }
  position_ = position;
  dirty_ = true;
  last_instant_ = std::max(last_instant_, now);
  last_commit_ = std::max(last_commit_, now);
  if (auto done = rooms_.mirror.set_complete(true); !done) return done;
  if (auto ours = rooms_.mirror.set_log_id(rooms_.log.log_id()); !ours) return ours;
  return refresh_due();
}

}  // namespace connectors
