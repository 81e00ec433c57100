#include "engine/store/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace engine::store {
namespace {

constexpr std::size_t kScannedWriteBuffer = 1 << 20;
constexpr std::size_t kErasedWindow = 1024, kErasedMost = 256;  // of so many keys in a row, so many erased ones make a file be compacted
constexpr const char* kFormatKey = "format_version";  // in RocksDB's default family, which nobody else uses

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// What a Family points to. RocksDB's own handles die when a store is opened anew; a batch needs only number and order of keys.
class Slot final : public rocksdb::ColumnFamilyHandle {
 public:
  Slot(std::string name, std::uint32_t id, std::size_t index) : name_(std::move(name)), id_(id), index_(index) {}
  const std::string& GetName() const override { return name_; }
  std::uint32_t GetID() const override { return id_; }
  rocksdb::Status GetDescriptor(rocksdb::ColumnFamilyDescriptor*) override { return rocksdb::Status::NotSupported(); }
  const rocksdb::Comparator* GetComparator() const override { return rocksdb::BytewiseComparator(); }
  std::size_t index() const { return index_; }

 private:
  const std::string name_;
  const std::uint32_t id_;
  const std::size_t index_;  // among RocksDB's handles
};

Slot* slot_of(Family family) { return static_cast<Slot*>(family.handle); }

// RocksDB while it is open.
struct Instance {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  ~Instance() {
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  rocksdb::ColumnFamilyHandle* operator[](Family family) const { return handles[slot_of(family)->index()]; }
};

Errc code_of(const rocksdb::Status& status) {
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kSpaceLimit) return Errc::kFull;
  if (status.IsCorruption()) return Errc::kMalformed;
  if (status.IsNotFound()) return Errc::kNotFound;
  if (status.IsNotSupported()) return Errc::kUnsupported;
  return Errc::kUnavailable;  // I/O errors, busy, and Incomplete: the block is not in the cache
}

Result<void> from_rocksdb(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return fail(code_of(status), status.ToString());
}

// RocksDB tells a held lock from other I/O errors by its text only.
Error opening_error(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  const bool locked = status.IsIOError() && (text.find("lock hold by current process") != std::string::npos ||
                                             text.find("While lock file") != std::string::npos);
  return {locked ? Errc::kConflict : code_of(status), text};
}

rocksdb::CompressionType best_compression() {
  const auto supported = rocksdb::GetSupportedCompressions();
  for (auto type : {rocksdb::kLZ4Compression, rocksdb::kSnappyCompression}) {
    if (std::find(supported.begin(), supported.end(), type) != supported.end()) return type;
  }
  return rocksdb::kNoCompression;
}

rocksdb::ColumnFamilyOptions family_options(const Options& options, const std::shared_ptr<rocksdb::Cache>& cache, bool point_lookups) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 16 << 10;
  table.cache_index_and_filter_blocks = true;  // so that memory is the cache's size and nothing beside it
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = options.write_buffer_bytes;
  if (point_lookups) {
    // A file's filter in one piece outgrows a shard of the cache (1 MB of 64 MB) and is then read and checked again by every lookup.
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.partition_filters = true;
    table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
    table.pin_top_level_index_and_filter = true;
    table.optimize_filters_for_memory = true;
  } else {
    // A scan steps over every erased key on its way, in memory too.
    family.write_buffer_size = std::min(family.write_buffer_size, kScannedWriteBuffer);
    // So small files merged into levels would write a key some thirty times over; runs of like size are merged instead, at the price of a few more
    // to look into. While a large merge is under way, small files may wait.
    family.compaction_style = rocksdb::kCompactionStyleUniversal;
    family.level0_file_num_compaction_trigger = 8;
    family.level0_slowdown_writes_trigger = 40;
    family.level0_stop_writes_trigger = 60;
  }
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = best_compression();
  family.level_compaction_dynamic_level_bytes = true;
  return family;
}

// RocksDB's own recovery from a full disk (and DB::Resume, which is the same code) can wait for ever for a flush that failed;
// Store opens it anew instead.
class NoOwnRecovery : public rocksdb::EventListener {
 public:
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override { *auto_recovery = false; }
};

// RocksDB's log file stops the process on the first write after a failed one (an assert of Debian's build): a full disk would
// kill us. What matters comes back as a Status.
class NoLogFile : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions database_options(const Options& options) {
  rocksdb::DBOptions db;
  db.info_log = std::make_shared<NoLogFile>();
  db.listeners.push_back(std::make_shared<NoOwnRecovery>());
  db.create_if_missing = options.create;
  db.create_missing_column_families = true;
  db.db_write_buffer_size = 4 * options.write_buffer_bytes;
  db.max_total_wal_size = 8 * options.write_buffer_bytes;  // a quiet family must not keep old WAL files
  db.max_open_files = 512;
  db.bytes_per_sync = 1 << 20;
  return db;
}

std::string encode_version(std::uint32_t version) {
  std::string out;
  ByteWriter(out).big(version);
  return out;
}

}  // namespace

struct Batch::Impl {
  rocksdb::WriteBatch batch;
};
Batch::Batch() : impl_(std::make_unique<Impl>()) {}
Batch::~Batch() = default;
Batch::Batch(Batch&&) noexcept = default;
Batch& Batch::operator=(Batch&&) noexcept = default;

// A WriteBatch of these forms fails only by exceeding 4 GiB, which write() reports.
void Batch::put(Family family, std::string_view key, std::string_view value) {
  impl_->batch.Put(slot_of(family), slice(key), slice(value)).PermitUncheckedError();
}
void Batch::erase(Family family, std::string_view key) { impl_->batch.Delete(slot_of(family), slice(key)).PermitUncheckedError(); }
void Batch::erase_range(Family family, std::string_view begin, std::string_view end) {
  impl_->batch.DeleteRange(slot_of(family), slice(begin), slice(end)).PermitUncheckedError();
}
void Batch::clear() { impl_->batch.Clear(); }
bool Batch::empty() const { return impl_->batch.Count() == 0; }
std::size_t Batch::bytes() const { return impl_->batch.GetDataSize(); }

struct Iterator::Impl {
  std::string lower, upper;
  rocksdb::Slice lower_slice, upper_slice;  // RocksDB keeps their addresses
  std::shared_ptr<Instance> instance;  // outlives `it`
  std::unique_ptr<rocksdb::Iterator> it;
};
Iterator::Iterator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Iterator::~Iterator() = default;
Iterator::Iterator(Iterator&&) noexcept = default;
Iterator& Iterator::operator=(Iterator&&) noexcept = default;
void Iterator::seek(std::string_view key) { impl_->it->Seek(slice(key)); }
void Iterator::seek_for_prev(std::string_view key) { impl_->it->SeekForPrev(slice(key)); }
void Iterator::next() { impl_->it->Next(); }
void Iterator::prev() { impl_->it->Prev(); }
bool Iterator::valid() const { return impl_->it->Valid(); }
std::string_view Iterator::key() const { return view(impl_->it->key()); }
std::string_view Iterator::value() const { return view(impl_->it->value()); }
Result<void> Iterator::status() const { return from_rocksdb(impl_->it->status()); }

struct Store::Impl {
  std::string directory;
  rocksdb::DBOptions db_options;
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  std::vector<std::unique_ptr<Slot>> slots;
  std::map<std::string, Slot*, std::less<>> by_name;
  std::uint64_t reserve_bytes = 0;
  std::uint64_t margin_bytes = 0;
  mutable std::shared_mutex mutex;  // held alone while RocksDB is opened anew
  std::shared_ptr<Instance> instance;  // null: opening anew failed

  rocksdb::Status start();
  bool restart(std::uint64_t batch_bytes);
  void make_slots();
  Result<void> check_format(std::uint32_t version);
  std::uint64_t available_bytes() const;
  // Null: RocksDB is being opened anew and the caller does not wait, or that has failed.
  std::shared_ptr<Instance> use(ReadFrom from = ReadFrom::kAnywhere) const {
    std::shared_lock lock(mutex, std::defer_lock);
    if (from == ReadFrom::kAnywhere) lock.lock();
    if (from == ReadFrom::kCacheOnly && !lock.try_lock()) return nullptr;
    // Of this thread. RocksDB counts what it does, key comparisons too, in a place of its own per thread: a tenth of what a small batch costs, and nobody reads it.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return instance;
  }
};

namespace {
tl::unexpected<Error> away() { return fail(Errc::kUnavailable, "store: being opened again after a write error"); }
}  // namespace

rocksdb::Status Store::Impl::start() {
  auto opened = std::make_shared<Instance>();
  rocksdb::DB* db = nullptr;
  auto status = rocksdb::DB::Open(db_options, directory, descriptors, &opened->handles, &db);
  if (!status.ok()) return status;
  opened->db.reset(db);
  instance = std::move(opened);
  return status;
}

// After a failed write, which was not applied, RocksDB refuses all writes. This is how the store comes back once there is
// space again. False: not now (no room, or an iterator or another thread is still inside).
bool Store::Impl::restart(std::uint64_t batch_bytes) {
  const std::unique_lock lock(mutex);
  if (instance && instance.use_count() > 1) return false;
  std::uint64_t needed = margin_bytes + batch_bytes;
  for (auto* handle : instance ? instance->handles : std::vector<rocksdb::ColumnFamilyHandle*>()) {
    std::uint64_t bytes = 0;
    if (instance->db->GetIntProperty(handle, rocksdb::DB::Properties::kSizeAllMemTables, &bytes)) needed += bytes;  // become files at opening
  }
  if (available_bytes() < needed) return false;
  instance.reset();
  return start().ok();
}

std::uint64_t Store::Impl::available_bytes() const {
  std::error_code failed;
  const auto space = std::filesystem::space(directory, failed);
  return failed ? 0 : space.available;
}

void Store::Impl::make_slots() {
  for (std::size_t i = 0; i < instance->handles.size(); ++i) {
    slots.push_back(std::make_unique<Slot>(instance->handles[i]->GetName(), instance->handles[i]->GetID(), i));
    by_name[slots.back()->GetName()] = slots.back().get();
  }
}

Result<void> Store::Impl::check_format(std::uint32_t version) {
  std::string stored;
  auto status = instance->db->Get(rocksdb::ReadOptions(), kFormatKey, &stored);
  if (status.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return from_rocksdb(instance->db->Put(synced, kFormatKey, encode_version(version)));
  }
  if (!status.ok()) return from_rocksdb(status);
  ByteCursor in(stored);
  const auto found = in.big<std::uint32_t>();
  if (!in.ok() || !in.at_end()) return fail(Errc::kMalformed, "store: format version is not four bytes");
  if (found > version) {
    return fail(Errc::kUnsupported, "store: written in format " + std::to_string(found) + ", this program reads up to " + std::to_string(version));
  }
  return {};
}

namespace {

// Every family on disk must be one the program names.
Result<void> check_families(const rocksdb::DBOptions& db_options, const std::string& directory, const std::vector<std::string>& known) {
  std::vector<std::string> on_disk;
  auto listed = rocksdb::DB::ListColumnFamilies(db_options, directory, &on_disk);
  if (!listed.ok()) return tl::unexpected<Error>(opening_error(listed));
  for (const auto& name : on_disk) {
    if (name == rocksdb::kDefaultColumnFamilyName || std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail(Errc::kUnsupported, "store: has a family this program does not know: " + name);
  }
  return {};
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Options& options) {
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  impl->db_options = database_options(options);
  impl->reserve_bytes = options.reserve_bytes;
  impl->margin_bytes = 2 * options.write_buffer_bytes;
  const bool exists = std::filesystem::exists(directory + "/CURRENT");
  if (!exists && !options.create) return fail(Errc::kNotFound, "store: nothing at " + directory);
  if (exists) {
    auto known = check_families(impl->db_options, directory, options.families);
    if (!known) return known.take_error();
  }
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  impl->descriptors.emplace_back(rocksdb::kDefaultColumnFamilyName, family_options(options, cache, true));
  for (const auto& name : options.families) {
    const bool scanned = std::find(options.scanned_families.begin(), options.scanned_families.end(), name) != options.scanned_families.end();
    impl->descriptors.emplace_back(name, family_options(options, cache, !scanned));
  }
  auto started = impl->start();
  if (!started.ok()) return tl::unexpected<Error>(opening_error(started));
  impl->make_slots();
  auto format = impl->check_format(options.format_version);
  if (!format) return format.take_error();
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Family Store::family(std::string_view name) const {
  const auto found = impl_->by_name.find(name);
  assert(found != impl_->by_name.end());
  return Family{found->second};
}

Result<std::optional<std::string>> Store::get(Family family, std::string_view key, ReadFrom from) const {
  const auto instance = impl_->use(from);
  if (!instance) return away();
  rocksdb::ReadOptions read;
  if (from == ReadFrom::kCacheOnly) read.read_tier = rocksdb::kBlockCacheTier;
  std::string value;
  const auto status = instance->db->Get(read, (*instance)[family], slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return from_rocksdb(status).take_error();
  return std::optional<std::string>(std::move(value));
}

Result<std::vector<std::optional<std::string>>> Store::multi_get(Family family, const std::vector<std::string>& keys) const {
  const auto instance = impl_->use();
  if (!instance) return away();
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  instance->db->MultiGet(rocksdb::ReadOptions(), (*instance)[family], slices.size(), slices.data(), values.data(), statuses.data());
  std::vector<std::optional<std::string>> found(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      found[i] = values[i].ToString();
    } else if (!statuses[i].IsNotFound()) {
      return from_rocksdb(statuses[i]).take_error();
    }
  }
  return found;
}

Result<void> Store::write(Batch& batch, Durability durability) {
  // RocksDB's recovery from a full disk being what it is, it had better not meet one.
  if (impl_->available_bytes() < impl_->reserve_bytes) return fail(Errc::kFull, "store: no space left at " + impl_->directory);
  rocksdb::WriteOptions write;
  write.sync = durability == Durability::kSynced;
  auto instance = impl_->use();
  auto status = instance ? instance->db->Write(write, &batch.impl_->batch) : rocksdb::Status::IOError("closed after a write error");
  if (status.ok()) return {};
  const bool stuck = status.IsIOError() || status.severity() != rocksdb::Status::Severity::kNoError;
  instance.reset();
  if (!stuck || !impl_->restart(batch.bytes())) return from_rocksdb(status);
  instance = impl_->use();
  if (!instance) return away();
  return from_rocksdb(instance->db->Write(write, &batch.impl_->batch));
}

Iterator Store::iterate(Family family, std::string_view lower, std::string_view upper, ReadFrom from) const {
  auto impl = std::make_unique<Iterator::Impl>();
  impl->lower = lower;
  impl->upper = upper;
  impl->lower_slice = impl->lower;
  impl->upper_slice = impl->upper;
  impl->instance = impl_->use(from);
  rocksdb::ReadOptions read;
  if (from == ReadFrom::kCacheOnly) read.read_tier = rocksdb::kBlockCacheTier;
  if (!lower.empty()) read.iterate_lower_bound = &impl->lower_slice;
  if (!upper.empty()) read.iterate_upper_bound = &impl->upper_slice;
  impl->it.reset(impl->instance ? impl->instance->db->NewIterator(read, (*impl->instance)[family])
                                : rocksdb::NewErrorIterator(rocksdb::Status::Incomplete("store: being opened again")));
  return Iterator(std::move(impl));
}

Result<void> Store::checkpoint(const std::string& directory) const {
  const auto instance = impl_->use();
  if (!instance) return away();
  rocksdb::Checkpoint* raw = nullptr;
  auto created = rocksdb::Checkpoint::Create(instance->db.get(), &raw);
  if (!created.ok()) return from_rocksdb(created);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  auto made = checkpoint->CreateCheckpoint(directory);
  if (made.IsInvalidArgument()) return fail(Errc::kConflict, made.ToString());
  return from_rocksdb(made);
}

std::uint64_t Store::disk_bytes() const {
  const auto instance = impl_->use();
  if (!instance) return 0;
  std::uint64_t total = 0;
  for (auto* handle : instance->handles) {
    std::uint64_t bytes = 0;
    if (instance->db->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes)) total += bytes;
  }
  rocksdb::VectorLogPtr logs;
  if (instance->db->GetSortedWalFiles(logs).ok()) {
    for (const auto& log : logs) total += log->SizeFileBytes();
  }
  return total;
}

}  // namespace engine::store
