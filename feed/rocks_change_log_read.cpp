// The reading side of RocksChangeLog, and retention.

#include <algorithm>

#include "engine/base/byte_writer.h"
#include "feed/change_codec.h"
#include "feed/rocks_change_log.h"

namespace feed {
namespace {

using engine::Errc;
using engine::store::ReadFrom;

constexpr std::size_t kRetentionBatch = 1000;

// Walks `superseded` beside `changes`: both have the same keys in the same order.
class SupersededWalk {
 public:
  explicit SupersededWalk(engine::store::Iterator it) : it_(std::move(it)) {}
  void seek(std::string_view key) { it_.seek(key); }
  // The supersession of the change at `key`, keys asked in ascending order.
  engine::Result<Offset> of(std::string_view key) {
    while (it_.valid() && it_.key() < key) it_.next();
    if (auto read = it_.status(); !it_.valid() && !read) return read.take_error();
    if (!it_.valid() || it_.key() != key) return kNotSuperseded;
    auto entry = decode_supersession(it_.value());
    if (!entry) return entry.take_error();
    return entry->by;
  }

 private:
  engine::store::Iterator it_;
};

}  // namespace

engine::Result<Offset> RocksChangeLog::scan(const ScanRange& range, ReadFrom read, const Visit& visit) const {
  const auto end = std::min(range.end, high_watermark());
  const auto from = zone_table_.next_match(std::max(range.from, Offset{1}), end, range.types, range.since);
  if (from >= end) return end;
  Offset stopped;
  if (tail_.visit(from, end, visit, stopped)) return stopped;
  return scan_store({from, end, range.types, range.since}, read, visit);
}

engine::Result<Offset> RocksChangeLog::scan_store(const ScanRange& range, ReadFrom read, const Visit& visit) const {
  const auto lower = change_key(range.from);
  const auto upper = change_key(range.end);
  // Made before the changes' iterator: retention removes a version and its mark together, so a version seen has its mark seen.
  SupersededWalk superseded(store_.iterate(superseded_, lower, upper, read));
  auto it = store_.iterate(changes_, lower, upper, read);
  superseded.seek(lower);
  it.seek(lower);
  Zone zone = zone_of(range.from);
  while (it.valid()) {
    const auto key = decode_change_key(it.key());
    if (!key) return engine::fail(Errc::kMalformed, "log: a change's key");
    if (zone_of(key->offset) != zone) {
      zone = zone_of(key->offset);
      const auto next = zone_table_.next_match(key->offset, range.end, range.types, range.since);
      if (next >= range.end) return range.end;
      if (next != key->offset) {
        zone = zone_of(next);
        it.seek(change_key(next));
        superseded.seek(change_key(next));
        continue;
      }
    }
    auto by = superseded.of(it.key());
    if (!by) return by.take_error();
    if (!visit({key->offset, it.value(), *by})) return key->offset;
    it.next();
  }
  auto status = it.status();
  if (!status) return status.take_error();
  return range.end;
}

engine::Result<std::vector<StoredChange>> RocksChangeLog::read(Offset from, std::size_t max_bytes) const {
  std::vector<StoredChange> changes;
  std::size_t bytes = 0;
  std::optional<engine::Error> damage;
  const auto collect = [&](const RecordRef& record) {
    if (!changes.empty() && bytes + record.bytes.size() > max_bytes) return false;
    auto change = decode_change(record.bytes);
    if (!change) {
      damage = change.error();
      return false;
    }
    bytes += record.bytes.size();
    changes.push_back({record.offset, std::move(*change)});
    return true;
  };
  auto scanned = scan({from, high_watermark()}, ReadFrom::kAnywhere, collect);
  // Asked afterwards, since retention may run beside this.
  if (from < first_offset()) return engine::fail(Errc::kExpired, "log: offset " + std::to_string(from.value) + " is behind retention");
  if (!scanned) return scanned.take_error();
  if (damage) return tl::unexpected<engine::Error>(std::move(*damage));
  return changes;
}

engine::Result<StoredChange> RocksChangeLog::read_one(Offset offset) const {
  const auto missing = [&] { return engine::fail(Errc::kNotFound, "log: no change at offset " + std::to_string(offset.value)); };
  if (offset >= high_watermark()) return missing();
  auto record = store_.get(changes_, change_key(offset));
  if (!record) return record.take_error();
  if (!*record) return missing();
  auto change = decode_change(**record);
  if (!change) return change.take_error();
  return StoredChange{offset, std::move(*change)};
}

engine::Result<void> RocksChangeLog::for_each_live(const std::string& type,
                                                   const std::function<void(const ResourceKey&, const Latest&)>& visit) const {
  const auto prefix = latest_prefix(options_.site, type);
  auto it = store_.iterate(latest_, prefix, after_prefix(prefix));
  for (it.seek(prefix); it.valid(); it.next()) {
    const auto key = decode_latest_key(it.key());
    if (!key) return engine::fail(Errc::kMalformed, "log: a latest key");
    auto entry = decode_latest(it.value());
    if (!entry) return entry.take_error();
    if (!entry->latest.tombstone) visit(*key, entry->latest);
  }
  return it.status();
}

engine::Result<std::uint64_t> RocksChangeLog::retain(const RetentionPolicy& policy, Offset floor, engine::WallTime now) {
  const auto lower = change_key(Offset{0});
  std::uint64_t bytes = 0;
  auto all = store_.iterate(superseded_, lower, change_key(high_watermark()));
  for (all.seek(lower); policy.max_bytes > 0 && all.valid(); all.next()) {
    auto entry = decode_supersession(all.value());
    if (!entry) return entry.take_error();
    bytes += entry->record_bytes;
  }
  if (auto status = all.status(); !status) return status.take_error();

  engine::store::Batch writes;
  std::uint64_t removed = 0;
  const auto flush = [&](Offset first) -> engine::Result<void> {
    first = std::max(first, first_offset());
    std::string value;
    engine::ByteWriter(value).big(first.value);
    writes.put(meta_, meta_key(MetaKey::kFirstOffset, options_.partition), value);
    first_.store(first.value, std::memory_order_release);  // before the versions go: a reader refused early loses nothing
    auto written = store_.write(writes, engine::store::Durability::kBuffered);
    writes.clear();
    return written;
  };
  Offset first = first_offset();
  auto it = store_.iterate(superseded_, lower, change_key(std::min(floor, high_watermark())));
  for (it.seek(lower); it.valid(); it.next()) {
    const auto key = decode_change_key(it.key());
    auto entry = decode_supersession(it.value());
    if (!entry) return entry.take_error();
    if (!key) return engine::fail(Errc::kMalformed, "log: a superseded key");
    const bool old = policy.max_age.count() > 0 && entry->committed_at < now - policy.max_age;
    if (!old && !(policy.max_bytes > 0 && bytes > policy.max_bytes)) break;
    bytes -= std::min(bytes, entry->record_bytes);
    writes.erase(changes_, it.key());
    writes.erase(superseded_, it.key());
    first = Offset{key->offset.value + 1};
    if (++removed % kRetentionBatch != 0) continue;
    auto written = flush(first);
    if (!written) return written.take_error();
  }
  if (auto status = it.status(); !status) return status.take_error();
  if (!writes.empty()) {
    auto written = flush(first);
    if (!written) return written.take_error();
  }
  return removed;
}

}  // namespace feed
