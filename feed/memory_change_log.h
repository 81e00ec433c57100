#pragma once
// The log in memory: the second real implementation, for tests and for trying things without a disk.

#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "feed/record_log.h"

namespace feed {

/// Keeps every contract of RecordLog but durability. Never kUnavailable.
/// `log_id` and the cursor key are derived from `seed`, so that tests repeat.
class MemoryChangeLog : public RecordLog {
 public:
  explicit MemoryChangeLog(std::uint64_t seed = 1);

  engine::Result<Offset> append(std::span<const Change> batch, const SourcePosition& position) override;
  engine::Result<void> append_part(std::span<const Change> batch) override;
  engine::Result<void> drop_staged() override;
  engine::Result<std::vector<StoredChange>> read(Offset from, std::size_t max_bytes) const override;
  engine::Result<std::optional<Latest>> latest(const ResourceKey& key) const override;
  engine::Result<StoredChange> read_one(Offset offset) const override;
  engine::Result<void> for_each_live(const std::string& type,
                                     const std::function<void(const ResourceKey&, const Latest&)>& visit) const override;
  engine::Result<std::optional<SourcePosition>> position(const std::string& source) const override;
  Offset first_offset() const override;
  Offset high_watermark() const override;
  const std::string& log_id() const override { return log_id_; }

  engine::Result<Offset> scan(const ScanRange& range, engine::store::ReadFrom read, const Visit& visit) const override;
  void on_append(Listener listener) override { listeners_.push_back(std::move(listener)); }
  engine::Result<std::uint64_t> retain(const RetentionPolicy& policy, Offset floor, engine::WallTime now) override;
  const engine::Secret& cursor_key() const override { return cursor_key_; }

 private:
  struct Version {
    std::string record;  // empty: removed by retention
    engine::WallTime committed_at{};
    Offset superseded_by = kNotSuperseded;
  };
  void add(const Change& change);
  const Version* find(Offset offset) const;

  std::string log_id_;
  engine::Secret cursor_key_;
  mutable std::mutex mutex_;
  std::vector<Version> versions_;  // offset 1 first
  std::vector<Change> staged_;
  std::map<ResourceKey, Latest> latest_;
  std::map<std::string, SourcePosition> positions_;
  Offset first_{1};
  std::vector<Listener> listeners_;
};

}  // namespace feed
