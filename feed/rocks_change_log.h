#pragma once
// The log over the embedded store.

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "feed/change_codec.h"
#include "feed/hot_tail.h"
#include "feed/latest_cache.h"
#include "feed/record_log.h"
#include "feed/resource_index.h"
#include "feed/zone_table.h"

namespace feed {

struct RocksChangeLogOptions {
  Site site{0};
  Partition partition{0};
  std::size_t hot_tail_bytes = 8u << 20;  ///< newest records kept in memory
  /// Fills bytes with randomness for a new log's id and cursor key. Empty: the operating system's.
  std::function<void(std::span<unsigned char>)> random;
};

/// A RecordLog whose changes, indexes, positions and watermark live in one Store.
///
/// One append is one synced batch: changes, latest, superseded, indexes, zones, position, watermark.
/// The store must have kFamilies() and outlive the log. See ChangeLog for threads and blocking.
class RocksChangeLog : public RecordLog {
 public:
  /// Reads the watermarks, drops an unfinished staged tail, fills the hot tail.
  /// kMalformed: the store's content is damaged; else the store's errors.
  static engine::Result<std::unique_ptr<RocksChangeLog>> open(engine::store::Store& store, RocksChangeLogOptions options = {});

  engine::Result<Offset> append(std::span<const Change> batch, const SourcePosition& position) override;
  engine::Result<void> append_part(std::span<const Change> batch) override;
  engine::Result<void> drop_staged() override;
  engine::Result<std::vector<StoredChange>> read(Offset from, std::size_t max_bytes) const override;
  engine::Result<std::optional<Latest>> latest(const ResourceKey& key) const override;
  engine::Result<StoredChange> read_one(Offset offset) const override;
  /// What `latest` holds of a resource; nullopt: never seen. kUnavailable: kCacheOnly and a block is not in memory.
  engine::Result<std::optional<LatestEntry>> find(const ResourceKey& key, engine::store::ReadFrom read) const {
    return find_latest(latest_key(options_.site, key), read);
  }
  /// The bytes of one change; nullopt: no such offset (any more). Errors as find().
  engine::Result<std::optional<std::string>> record(Offset offset, engine::store::ReadFrom read) const { return store_.get(changes_, change_key(offset), read); }
  Site site() const { return options_.site; }
  engine::Result<void> for_each_live(const std::string& type,
                                     const std::function<void(const ResourceKey&, const Latest&)>& visit) const override;
  engine::Result<std::optional<SourcePosition>> position(const std::string& source) const override;
  Offset first_offset() const override { return Offset{first_.load(std::memory_order_acquire)}; }
  Offset high_watermark() const override { return Offset{watermark_.load(std::memory_order_acquire)}; }
  const std::string& log_id() const override { return log_id_; }

  engine::Result<Offset> scan(const ScanRange& range, engine::store::ReadFrom read, const Visit& visit) const override;
  void on_append(Listener listener) override { listeners_.push_back(std::move(listener)); }
  engine::Result<std::uint64_t> retain(const RetentionPolicy& policy, Offset floor, engine::WallTime now) override;
  const engine::Secret& cursor_key() const override { return cursor_key_; }

 private:
  struct Writing;
  RocksChangeLog(engine::store::Store& store, RocksChangeLogOptions options);
  engine::Result<void> load();
  engine::Result<void> load_identity();
  engine::Result<std::string> identity(MetaKey key, std::size_t size);
  engine::Result<void> load_zones();
  engine::Result<void> fill_tail();
  engine::Result<std::uint64_t> load_number(MetaKey key, std::uint64_t otherwise) const;
  engine::Result<void> index_staged(Writing& writing) const;
  engine::Result<void> index(Writing& writing, Offset offset, std::string_view record, std::string_view hash_of_facts) const;
  engine::Result<void> index_note(Writing& writing, Offset offset, std::string_view record, const ChangeView& note) const;
  void add_to_zone(Writing& writing, Offset offset, const ChangeView& change) const;
  struct Newest;
  engine::Result<Newest*> newest(Writing& writing, const ChangeView& change) const;
  engine::Result<std::string> record_of(const Writing& writing, const Newest& newest) const;
  engine::Result<std::string> stored_record(Offset offset) const;
  engine::Result<Indexed> indexed_before(const LatestEntry& entry, std::string_view record, const ChangeView& change, std::string_view hash_of_facts, std::string& replaced) const;
  engine::Result<void> move_indexes(Writing& writing) const;
  engine::Result<std::optional<LatestEntry>> find_latest(const std::string& key, engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;
  engine::Result<void> check_position(const SourcePosition& position) const;
  void publish(Writing& writing, Offset end);
  engine::Result<Offset> scan_store(const ScanRange& range, engine::store::ReadFrom read, const Visit& visit) const;
  std::string change_key(Offset offset) const { return encode(ChangeKey{options_.partition, offset}); }

  engine::store::Store& store_;
  const RocksChangeLogOptions options_;
  engine::store::Family changes_, latest_, superseded_, positions_, zones_, meta_;
  const ResourceIndex indexes_;
  std::string log_id_;
  engine::Secret cursor_key_;
  std::atomic<std::uint64_t> first_{1};
  std::atomic<std::uint64_t> watermark_{1};
  Offset next_{1};  // writer only: watermark plus what is staged
  engine::store::Batch batch_;  // writer only; kept for its memory
  HotTail tail_;
  mutable LatestCache newest_entries_;
  ZoneTable zone_table_;
  std::vector<Listener> listeners_;
};

}  // namespace feed
