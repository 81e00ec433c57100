#include "feed/memory_change_log.h"

#include <algorithm>
#include <cassert>
#include <random>

#include "feed/change_codec.h"
#include "feed/facts.h"

namespace feed {
namespace {
using engine::Errc;

std::string bytes_from(std::mt19937_64& random, std::size_t size) {
  std::string out;
  while (out.size() < size) out.push_back(static_cast<char>(random() & 0xff));
  return out;
}
}  // namespace

MemoryChangeLog::MemoryChangeLog(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  log_id_ = bytes_from(random, 16);
  cursor_key_ = engine::Secret(bytes_from(random, 32));
}

engine::Result<Offset> MemoryChangeLog::append(std::span<const Change> batch, const SourcePosition& position) {
  Offset first, end;
  {
    const std::lock_guard lock(mutex_);
    const auto stored = positions_.find(position.source);
    if (stored != positions_.end() && position.sequence < stored->second.sequence) {
      return engine::fail(Errc::kConflict, "log: position is behind the stored one");
    }
    first = Offset{versions_.size() + 1};
    for (const auto& change : staged_) add(change);
    for (const auto& change : batch) add(change);
    staged_.clear();
    positions_[position.source] = position;
    end = Offset{versions_.size() + 1};
  }
  if (end != first) {
    for (const auto& listener : listeners_) listener(end);
  }
  return first;
}

void MemoryChangeLog::add(const Change& change) {
  const Offset offset{versions_.size() + 1};
  if (change.note) {
    versions_.push_back({encode_change(change), change.commit_time, offset});
    const auto known = latest_.find(change.key);
    if (known == latest_.end() || known->second.tombstone) return;
    auto& record = versions_[known->second.offset.value - 1].record;
    auto version = decode_change(record);
    assert(version);
    version->facts = change.facts;
    record = encode_change(*version);
    known->second.facts_hash = facts_hash(change.facts);
    return;
  }
  auto& newest = latest_[change.key];
  if (newest.offset != Offset{}) versions_[newest.offset.value - 1].superseded_by = offset;
  newest = {offset, change.raw_updated_at, change.updated_at, change.content_hash, facts_hash(change.facts), change.visible, change.tombstone()};
  versions_.push_back({encode_change(change), change.commit_time, kNotSuperseded});
}

engine::Result<void> MemoryChangeLog::append_part(std::span<const Change> batch) {
  const std::lock_guard lock(mutex_);
  staged_.insert(staged_.end(), batch.begin(), batch.end());
  return {};
}

engine::Result<void> MemoryChangeLog::drop_staged() {
  const std::lock_guard lock(mutex_);
  staged_.clear();
  return {};
}

const MemoryChangeLog::Version* MemoryChangeLog::find(Offset offset) const {
  if (offset.value == 0 || offset.value > versions_.size()) return nullptr;
  const auto& version = versions_[offset.value - 1];
  return version.record.empty() ? nullptr : &version;
}

engine::Result<std::vector<StoredChange>> MemoryChangeLog::read(Offset from, std::size_t max_bytes) const {
  const std::lock_guard lock(mutex_);
  if (from < first_) return engine::fail(Errc::kExpired, "log: offset is behind retention");
  std::vector<StoredChange> changes;
  std::size_t bytes = 0;
  for (auto offset = from; offset.value <= versions_.size(); ++offset.value) {
    const auto* version = find(offset);
    if (!version) continue;
    if (!changes.empty() && bytes + version->record.size() > max_bytes) break;
    auto change = decode_change(version->record);
    if (!change) return change.take_error();
    bytes += version->record.size();
    changes.push_back({offset, std::move(*change)});
  }
  return changes;
}

engine::Result<std::optional<Latest>> MemoryChangeLog::latest(const ResourceKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = latest_.find(key);
  return found == latest_.end() ? std::optional<Latest>() : std::optional<Latest>(found->second);
}

engine::Result<StoredChange> MemoryChangeLog::read_one(Offset offset) const {
  const std::lock_guard lock(mutex_);
  const auto* version = find(offset);
  if (!version) return engine::fail(Errc::kNotFound, "log: no change at that offset");
  auto change = decode_change(version->record);
  if (!change) return change.take_error();
  return StoredChange{offset, std::move(*change)};
}

engine::Result<void> MemoryChangeLog::for_each_live(const std::string& type,
                                                    const std::function<void(const ResourceKey&, const Latest&)>& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [key, latest] : latest_) {
    if (key.type == type && !latest.tombstone) visit(key, latest);
  }
  return {};
}

engine::Result<std::optional<SourcePosition>> MemoryChangeLog::position(const std::string& source) const {
  const std::lock_guard lock(mutex_);
  const auto found = positions_.find(source);
  return found == positions_.end() ? std::optional<SourcePosition>() : std::optional<SourcePosition>(found->second);
}

Offset MemoryChangeLog::first_offset() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

Offset MemoryChangeLog::high_watermark() const {
  const std::lock_guard lock(mutex_);
  return Offset{versions_.size() + 1};
}

engine::Result<Offset> MemoryChangeLog::scan(const ScanRange& range, engine::store::ReadFrom, const Visit& visit) const {
  const std::lock_guard lock(mutex_);
  const auto end = std::min(range.end, Offset{versions_.size() + 1});
  for (auto offset = std::max(range.from, Offset{1}); offset < end; ++offset.value) {
    const auto* version = find(offset);
    if (version && !visit({offset, version->record, version->superseded_by})) return offset;
  }
  return end;
}

engine::Result<std::uint64_t> MemoryChangeLog::retain(const RetentionPolicy& policy, Offset floor, engine::WallTime now) {
  const std::lock_guard lock(mutex_);
  const auto replaced = [](const Version& v) { return !v.record.empty() && v.superseded_by != kNotSuperseded; };
  std::uint64_t bytes = 0, removed = 0;
  for (const auto& version : versions_) bytes += replaced(version) ? version.record.size() : 0;
  for (Offset offset{1}; offset < floor && offset.value <= versions_.size(); ++offset.value) {
    auto& version = versions_[offset.value - 1];
    if (!replaced(version)) continue;
    const bool old = policy.max_age.count() > 0 && version.committed_at < now - policy.max_age;
    if (!old && !(policy.max_bytes > 0 && bytes > policy.max_bytes)) break;
    bytes -= version.record.size();
    version.record.clear();
    first_ = std::max(first_, Offset{offset.value + 1});
    ++removed;
  }
  return removed;
}

}  // namespace feed
