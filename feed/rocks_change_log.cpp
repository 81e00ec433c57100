#include "feed/rocks_change_log.h"

#include <sys/random.h>

#include <map>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "feed/change_codec.h"
#include "feed/facts.h"

namespace feed {
namespace {

using engine::Errc;
using engine::store::Durability;
using engine::store::ReadFrom;

constexpr std::size_t kKeptBatch = 4 << 20;  // a writer under load has the memory of its last batch at hand; after a large one it goes back

void system_random(std::span<unsigned char> out) {
  while (!out.empty()) {
    const auto got = getrandom(out.data(), out.size(), 0);
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
}

std::string number_bytes(std::uint64_t v) {
  std::string out;
  engine::ByteWriter(out).big(v);
  return out;
}

}  // namespace

// The newest version of a resource, as of what an append has taken in so far.
struct RocksChangeLog::Newest {
  LatestEntry entry;
  std::string record;  // where the store does not have it, and `records` of the append does not either
  // As it was before this append's own changes: its indexes move once, from there to the last of them.
  std::optional<LatestEntry> indexed_as;
  std::string record_indexed;  // its record, where the store does not have it
  void note_indexed() {
    if (indexed_as) return;
    indexed_as = entry;
    record_indexed = record;
  }
};

// One append under construction.
struct RocksChangeLog::Writing {
  engine::store::Batch& batch;
  std::map<std::string, Newest> latest;  // of keys this append has already seen
  std::map<Zone, ZoneSummary> zones;
  std::vector<HotTail::Replaced> replaced;
  std::vector<std::string> records;
  Offset first_record;
  std::vector<HotTail::Rewritten> rewritten;  // records of the store that got other facts
};

namespace {

Indexed indexed(const ChangeView& change) {
  return {change.updated_at, change.created_at, change.facts, change.visible.list && !change.tombstone()};
}

}  // namespace

RocksChangeLog::RocksChangeLog(engine::store::Store& store, RocksChangeLogOptions options)
    : store_(store),
      options_(std::move(options)),
      changes_(store.family(kChangesFamily)),
      latest_(store.family(kLatestFamily)),
      superseded_(store.family(kSupersededFamily)),
      positions_(store.family(kPositionsFamily)),
      zones_(store.family(kZonesFamily)),
      meta_(store.family(kMetaFamily)),
      indexes_(store, options_.site),
      tail_(options_.hot_tail_bytes) {}

engine::Result<std::unique_ptr<RocksChangeLog>> RocksChangeLog::open(engine::store::Store& store, RocksChangeLogOptions options) {
  std::unique_ptr<RocksChangeLog> log(new RocksChangeLog(store, std::move(options)));
  auto loaded = log->load();
  if (!loaded) return loaded.take_error();
  return log;
}

engine::Result<void> RocksChangeLog::load() {
  auto identified = load_identity();
  if (!identified) return identified;
  auto watermark = load_number(MetaKey::kHighWatermark, 1);
  if (!watermark) return watermark.take_error();
  auto first = load_number(MetaKey::kFirstOffset, 1);
  if (!first) return first.take_error();
  watermark_ = *watermark;
  first_ = *first;
  next_ = Offset{*watermark};
  auto staged = store_.iterate(changes_, change_key(next_), after_prefix(change_key(Offset{~0ull})));
  staged.seek(change_key(next_));
  if (auto read = staged.status(); !read) return read;
  if (staged.valid()) {
    next_ = Offset{~0ull};
    auto dropped = drop_staged();
    if (!dropped) return dropped;
  }
  auto zones = load_zones();
  if (!zones) return zones;
  return fill_tail();
}

engine::Result<void> RocksChangeLog::load_identity() {
  auto id = identity(MetaKey::kLogId, 16);
  if (!id) return id.take_error();
  auto key = identity(MetaKey::kCursorKey, 32);
  if (!key) return key.take_error();
  log_id_ = std::move(*id);
  cursor_key_ = engine::Secret(std::move(*key));
  return {};
}

engine::Result<std::string> RocksChangeLog::identity(MetaKey key, std::size_t size) {
  auto stored = store_.get(meta_, meta_key(key));
  if (!stored) return stored.take_error();
  if (*stored && (*stored)->size() != size) return engine::fail(Errc::kMalformed, "log: an identity of the wrong length");
  if (*stored) return std::move(**stored);
  std::string made(size, '\0');
  const std::span<unsigned char> bytes(reinterpret_cast<unsigned char*>(made.data()), size);
  options_.random ? options_.random(bytes) : system_random(bytes);
  engine::store::Batch batch;
  batch.put(meta_, meta_key(key), made);
  auto written = store_.write(batch, Durability::kSynced);
  if (!written) return written.take_error();
  return made;
}

engine::Result<std::uint64_t> RocksChangeLog::load_number(MetaKey key, std::uint64_t otherwise) const {
  auto stored = store_.get(meta_, meta_key(key, options_.partition));
  if (!stored) return stored.take_error();
  if (!*stored) return otherwise;
  engine::ByteCursor in(**stored);
  const auto value = in.big<std::uint64_t>();
  if (!in.ok() || !in.at_end()) return engine::fail(Errc::kMalformed, "log: a watermark is not eight bytes");
  return value;
}

engine::Result<void> RocksChangeLog::load_zones() {
  const auto lower = encode(ZoneKey{options_.partition, Zone{0}});
  auto it = store_.iterate(zones_, lower, after_prefix(encode(ZoneKey{options_.partition, Zone{~0ull}})));
  for (it.seek(lower); it.valid(); it.next()) {
    const auto key = decode_zone_key(it.key());
    if (!key) return engine::fail(Errc::kMalformed, "log: a zone's key");
    auto zone = decode_zone(it.value());
    if (!zone) return zone.take_error();
    zone_table_.set(key->zone, *zone);
  }
  return it.status();
}

// The newest records without a gap, as many as the tail holds.
engine::Result<void> RocksChangeLog::fill_tail() {
  const auto end = high_watermark();
  std::vector<std::string> newest_first;
  std::size_t bytes = 0;
  auto it = store_.iterate(changes_, change_key(Offset{0}), change_key(end));
  auto expected = end.value - 1;
  for (it.seek_for_prev(change_key(end)); it.valid() && bytes < options_.hot_tail_bytes; it.prev(), --expected) {
    if (it.key() != change_key(Offset{expected})) break;
    newest_first.emplace_back(it.value());
    bytes += newest_first.back().size() + sizeof(HotTail::Entry);
  }
  if (auto read = it.status(); !read) return read;
  const Offset first{end.value - newest_first.size()};
  std::vector<HotTail::Replaced> replaced;
  auto marks = store_.iterate(superseded_, change_key(first), change_key(end));
  for (marks.seek(change_key(first)); marks.valid(); marks.next()) {
    const auto key = decode_change_key(marks.key());
    auto mark = decode_supersession(marks.value());
    if (!mark) return mark.take_error();
    if (!key) return engine::fail(Errc::kMalformed, "log: a superseded key");
    replaced.push_back({key->offset, mark->by});
  }
  if (auto read = marks.status(); !read) return read;
  tail_.add(first, {std::make_move_iterator(newest_first.rbegin()), std::make_move_iterator(newest_first.rend())}, replaced);
  return {};
}

engine::Result<Offset> RocksChangeLog::append(std::span<const Change> batch, const SourcePosition& position) {
  auto in_order = check_position(position);
  if (!in_order) return in_order.take_error();
  batch_.clear();
  Writing writing{batch_, {}, {}, {}, {}, next_, {}};
  auto staged = index_staged(writing);
  if (!staged) return staged.take_error();
  auto offset = next_;
  for (const Change& change : batch) {
    writing.records.push_back(encode_change(change));
    writing.batch.put(changes_, change_key(offset), writing.records.back());
    auto indexed = index(writing, offset, writing.records.back(), change.facts_hash);
    if (!indexed) return indexed.take_error();
    ++offset.value;
  }
  if (auto moved = move_indexes(writing); !moved) return moved.take_error();
  for (const auto& [key, newest] : writing.latest) {
    if (newest.entry.latest.offset != Offset{}) writing.batch.put(latest_, key, encode_latest(newest.entry));
  }
  for (const auto& [zone, summary] : writing.zones) writing.batch.put(zones_, encode(ZoneKey{options_.partition, zone}), encode_zone(summary));
  writing.batch.put(positions_, position.source, encode_position(position));
  writing.batch.put(meta_, meta_key(MetaKey::kHighWatermark, options_.partition), number_bytes(offset.value));
  auto written = store_.write(writing.batch, Durability::kSynced);
  if (!written) {
    newest_entries_.forget();
    return written.take_error();
  }
  const auto first = high_watermark();
  publish(writing, offset);
  if (batch_.bytes() > kKeptBatch) batch_ = engine::store::Batch();
  return first;
}

engine::Result<void> RocksChangeLog::check_position(const SourcePosition& position) const {
  auto stored = this->position(position.source);
  if (!stored) return stored.take_error();
  if (*stored && position.sequence < (*stored)->sequence) {
    return engine::fail(Errc::kConflict, "log: position " + std::to_string(position.sequence) + " of " + position.source + " is behind the stored " +
                                             std::to_string((*stored)->sequence));
  }
  return {};
}

// What earlier parts have put beyond the watermark becomes part of the log with this append.
engine::Result<void> RocksChangeLog::index_staged(Writing& writing) const {
  if (next_ == high_watermark()) return {};
  auto it = store_.iterate(changes_, change_key(high_watermark()), change_key(next_));
  for (it.seek(change_key(high_watermark())); it.valid(); it.next()) {
    const auto key = decode_change_key(it.key());
    if (!key) return engine::fail(Errc::kMalformed, "log: a change's key");
    auto indexed = index(writing, key->offset, it.value(), {});
    if (!indexed) return indexed;
  }
  return it.status();
}

engine::Result<RocksChangeLog::Newest*> RocksChangeLog::newest(Writing& writing, const ChangeView& change) const {
  auto key = latest_key(options_.site, {std::string(change.type), std::string(change.id)});
  const auto seen = writing.latest.find(key);
  if (seen != writing.latest.end()) return &seen->second;
  Newest newest;
  auto stored = find_latest(key);
  if (!stored) return stored.take_error();
  if (*stored) newest.entry = std::move(**stored);
  return &writing.latest.emplace(std::move(key), std::move(newest)).first->second;
}

// The record of what `newest` stands for.
engine::Result<std::string> RocksChangeLog::record_of(const Writing& writing, const Newest& newest) const {
  const auto offset = newest.entry.latest.offset;
  if (offset >= writing.first_record) return writing.records[offset.value - writing.first_record.value];
  if (!newest.record.empty()) return newest.record;
  return stored_record(offset);
}

engine::Result<std::string> RocksChangeLog::stored_record(Offset offset) const {
  if (auto held = tail_.copy(offset)) return std::move(*held);
  auto record = store_.get(changes_, change_key(offset));
  if (!record) return record.take_error();
  if (!*record) return engine::fail(Errc::kMalformed, "log: the newest version of a resource is missing");
  return std::move(**record);
}

// What the version that is being replaced, `entry`, has in the indexes; views into `replaced`, `record`, `change` or nothing. Its record (`record`, or where
// that is empty, the store's) is looked at only where its facts were others: `latest` knows the rest.
engine::Result<Indexed> RocksChangeLog::indexed_before(const LatestEntry& entry, std::string_view record, const ChangeView& change, std::string_view hash_of_facts,
                                                       std::string& replaced) const {
  const auto& latest = entry.latest;
  if (latest.offset == Offset{} || !latest.visible.list || latest.tombstone) return Indexed{};
  if (latest.facts_hash == hash_of_facts) return Indexed{latest.updated_at, entry.created_at, change.facts, true};
  if (record.empty()) {
    auto stored = stored_record(latest.offset);
    if (!stored) return stored.take_error();
    replaced = std::move(*stored);
  }
  auto view = view_change(record.empty() ? replaced : record);
  if (!view) return view.take_error();
  return indexed(*view);
}

// Of several versions in one append nobody sees but the last in an index.
engine::Result<void> RocksChangeLog::move_indexes(Writing& writing) const {
  for (const auto& [key, newest] : writing.latest) {
    const auto& entry = newest.entry;
    if (!newest.indexed_as || entry.latest.offset == Offset{}) continue;
    auto record = record_of(writing, newest);
    if (!record) return record.take_error();
    auto change = view_change(*record);
    if (!change) return change.take_error();
    std::string replaced;
    auto before = indexed_before(*newest.indexed_as, newest.record_indexed, *change, entry.latest.facts_hash, replaced);
    if (!before) return before.take_error();
    auto moved = indexes_.move(writing.batch, {std::string(change->type), std::string(change->id)}, *before, indexed(*change));
    if (!moved) return moved;
  }
  return {};
}

engine::Result<void> RocksChangeLog::index(Writing& writing, Offset offset, std::string_view record, std::string_view hash_of_facts) const {
  auto change = view_change(record);
  if (!change) return change.take_error();
  if (change->note) return index_note(writing, offset, record, *change);
  auto found = newest(writing, *change);
  if (!found) return found.take_error();
  Newest& newest = **found;
  auto& entry = newest.entry;
  std::string hash = hash_of_facts.empty() ? facts_hash(change->facts) : std::string(hash_of_facts);
  const auto old = entry.latest.offset;
  const bool first_version = old == Offset{};
  if (!first_version) {
    writing.batch.put(superseded_, change_key(old), encode_supersession({offset, entry.committed_at, entry.record_bytes}));
    writing.replaced.push_back({old, offset});
  }
  const bool staged = offset < writing.first_record;
  if (!staged) newest.note_indexed();
  // What append_part announced is complete where there was nothing before; else an older version's key may have to come back.
  if (staged && !first_version) {
    std::string replaced;
    auto before = indexed_before(entry, newest.record, *change, hash, replaced);
    if (!before) return before.take_error();
    auto moved = indexes_.move(writing.batch, {std::string(change->type), std::string(change->id)}, *before, indexed(*change));
    if (!moved) return moved;
  }
  entry.latest = {offset, change->raw_updated_at, change->updated_at, std::string(change->content_hash), std::move(hash), change->visible, change->tombstone()};
  entry.created_at = change->created_at;
  entry.committed_at = change->commit_time;
  entry.record_bytes = record.size();
  entry.noted = Offset{};
  if (staged) newest.record.clear();
  add_to_zone(writing, offset, *change);
  return {};
}

void RocksChangeLog::add_to_zone(Writing& writing, Offset offset, const ChangeView& change) const {
  auto zone = writing.zones.find(zone_of(offset));
  if (zone == writing.zones.end()) zone = writing.zones.emplace(zone_of(offset), zone_table_.get(zone_of(offset))).first;
  zone->second.add(change.type, change.updated_at, change.appended_at);
}

// The newest version is written again with the note's facts; the note itself is past as soon as it is there.
engine::Result<void> RocksChangeLog::index_note(Writing& writing, Offset offset, std::string_view record, const ChangeView& note) const {
  writing.batch.put(superseded_, change_key(offset), encode_supersession({offset, note.commit_time, record.size()}));
  writing.replaced.push_back({offset, offset});
  add_to_zone(writing, offset, note);
  auto found = newest(writing, note);
  if (!found) return found.take_error();
  Newest& newest = **found;
  const auto target = newest.entry.latest.offset;
  if (target == Offset{} || newest.entry.latest.tombstone) return {};
  auto version = record_of(writing, newest);
  if (!version) return version.take_error();
  auto before = view_change(*version);
  if (!before) return before.take_error();
  auto change = to_change(*before);
  change.facts = note.facts;
  auto rewritten = encode_change(change);
  if (offset < writing.first_record) {
    auto after = indexed(*before);
    after.facts = note.facts;
    auto moved = indexes_.move(writing.batch, change.key, indexed(*before), after);
    if (!moved) return moved;
  } else {
    newest.note_indexed();
  }
  writing.batch.put(changes_, change_key(target), rewritten);
  newest.entry.latest.facts_hash = facts_hash(note.facts);
  newest.entry.noted = offset;
  newest.entry.record_bytes = rewritten.size();
  if (target < writing.first_record) newest.record = rewritten;
  if (target >= writing.first_record) {
    writing.records[target.value - writing.first_record.value] = std::move(rewritten);
  } else {
    writing.rewritten.push_back({target, std::move(rewritten)});
  }
  return {};
}

// Readers take the watermark first: everything else is in its place before it moves.
void RocksChangeLog::publish(Writing& writing, Offset end) {
  next_ = end;
  if (end == high_watermark()) return;
  std::vector<std::pair<std::string, LatestEntry>> entries;
  entries.reserve(writing.latest.size());
  for (auto& [key, newest] : writing.latest) {
    if (newest.entry.latest.offset != Offset{}) entries.emplace_back(key, std::move(newest.entry));
  }
  newest_entries_.commit(std::move(entries));
  for (const auto& [zone, summary] : writing.zones) zone_table_.set(zone, summary);
  tail_.rewrite(writing.rewritten);
  tail_.add(writing.first_record, std::move(writing.records), writing.replaced);
  watermark_.store(end.value, std::memory_order_release);
  for (const auto& listener : listeners_) listener(end);
}

engine::Result<void> RocksChangeLog::append_part(std::span<const Change> batch) {
  engine::store::Batch writes;
  auto offset = next_;
  for (const Change& change : batch) {
    const auto record = encode_change(change);
    writes.put(changes_, change_key(offset), record);
    auto view = view_change(record);
    if (!view) return view.take_error();
    auto announced = view->note ? engine::ok() : indexes_.announce(writes, change.key, indexed(*view));
    if (!announced) return announced;
    ++offset.value;
  }
  // Not synced: the append that ends the transaction syncs the whole write-ahead log.
  auto written = store_.write(writes, Durability::kBuffered);
  if (!written) return written;
  next_ = offset;
  return {};
}

engine::Result<void> RocksChangeLog::drop_staged() {
  const auto end = high_watermark();
  if (next_ == end) return {};
  engine::store::Batch writes;
  writes.erase_range(changes_, change_key(end), after_prefix(change_key(Offset{~0ull})));
  auto written = store_.write(writes, Durability::kBuffered);
  if (!written) return written;
  next_ = end;
  return {};
}

engine::Result<std::optional<LatestEntry>> RocksChangeLog::find_latest(const std::string& key, ReadFrom read) const {
  auto known = newest_entries_.find(key);
  if (known.entry) return std::move(known.entry);
  auto stored = store_.get(latest_, key, read);
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<LatestEntry>();
  auto entry = decode_latest(**stored);
  if (!entry) return entry.take_error();
  newest_entries_.add(key, *entry, known.generation);
  return std::optional<LatestEntry>(std::move(*entry));
}

engine::Result<std::optional<Latest>> RocksChangeLog::latest(const ResourceKey& key) const {
  auto entry = find_latest(latest_key(options_.site, key));
  if (!entry) return entry.take_error();
  if (!*entry) return std::optional<Latest>();
  return std::optional<Latest>(std::move((*entry)->latest));
}

engine::Result<std::optional<SourcePosition>> RocksChangeLog::position(const std::string& source) const {
  auto stored = store_.get(positions_, source);
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<SourcePosition>();
  auto position = decode_position(source, **stored);
  if (!position) return position.take_error();
  return std::optional<SourcePosition>(std::move(*position));
}

}  // namespace feed
