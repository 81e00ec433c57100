#include "engine/store/store.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <map>
#include <mutex>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace engine::store {
namespace {

constexpr const char* kFormatKey = "format_version";  // in RocksDB's default family, which nobody else uses

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }
rocksdb::ColumnFamilyHandle* handle_of(Family family) { return static_cast<rocksdb::ColumnFamilyHandle*>(family.handle); }

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
  if (point_lookups) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = options.write_buffer_bytes;
  family.compression = best_compression();
  family.level_compaction_dynamic_level_bytes = true;
  return family;
}

// RocksDB's own recovery from a full disk polls every few seconds and answers "busy" to Resume() meanwhile; Store::write resumes instead.
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
  impl_->batch.Put(handle_of(family), slice(key), slice(value)).PermitUncheckedError();
}
void Batch::erase(Family family, std::string_view key) { impl_->batch.Delete(handle_of(family), slice(key)).PermitUncheckedError(); }
void Batch::erase_range(Family family, std::string_view begin, std::string_view end) {
  impl_->batch.DeleteRange(handle_of(family), slice(begin), slice(end)).PermitUncheckedError();
}
void Batch::clear() { impl_->batch.Clear(); }
bool Batch::empty() const { return impl_->batch.Count() == 0; }
std::size_t Batch::bytes() const { return impl_->batch.GetDataSize(); }

struct Iterator::Impl {
  std::string lower, upper;
  rocksdb::Slice lower_slice, upper_slice;  // RocksDB keeps their addresses
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
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  std::map<std::string, rocksdb::ColumnFamilyHandle*, std::less<>> by_name;

  ~Impl() {
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle).PermitUncheckedError();
  }
  Result<void> check_format(std::uint32_t version);
};

Result<void> Store::Impl::check_format(std::uint32_t version) {
  std::string stored;
  auto status = db->Get(rocksdb::ReadOptions(), kFormatKey, &stored);
  if (status.IsNotFound()) {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    return from_rocksdb(db->Put(synced, kFormatKey, encode_version(version)));
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

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::string& directory, const Options& options) {
  const bool exists = std::filesystem::exists(directory + "/CURRENT");
  if (!exists && !options.create) return fail(Errc::kNotFound, "store: nothing at " + directory);
  const auto db_options = database_options(options);
  if (exists) {
    std::vector<std::string> on_disk;
    auto listed = rocksdb::DB::ListColumnFamilies(db_options, directory, &on_disk);
    if (!listed.ok()) return tl::unexpected<Error>(opening_error(listed));
    for (const auto& name : on_disk) {
      if (name == rocksdb::kDefaultColumnFamilyName) continue;
      if (std::find(options.families.begin(), options.families.end(), name) == options.families.end()) {
        return fail(Errc::kUnsupported, "store: has a family this program does not know: " + name);
      }
    }
  }
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  std::vector<rocksdb::ColumnFamilyDescriptor> families{{rocksdb::kDefaultColumnFamilyName, family_options(options, cache, true)}};
  for (const auto& name : options.families) {
    const bool scanned = std::find(options.scanned_families.begin(), options.scanned_families.end(), name) != options.scanned_families.end();
    families.emplace_back(name, family_options(options, cache, !scanned));
  }
  auto impl = std::make_unique<Impl>();
  rocksdb::DB* db = nullptr;
  auto opened = rocksdb::DB::Open(db_options, directory, families, &impl->handles, &db);
  if (!opened.ok()) return tl::unexpected<Error>(opening_error(opened));
  impl->db.reset(db);
  for (std::size_t i = 0; i < options.families.size(); ++i) impl->by_name[options.families[i]] = impl->handles[i + 1];
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
  rocksdb::ReadOptions read;
  if (from == ReadFrom::kCacheOnly) read.read_tier = rocksdb::kBlockCacheTier;
  std::string value;
  const auto status = impl_->db->Get(read, handle_of(family), slice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return from_rocksdb(status).take_error();
  return std::optional<std::string>(std::move(value));
}

Result<std::vector<std::optional<std::string>>> Store::multi_get(Family family, const std::vector<std::string>& keys) const {
  std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  impl_->db->MultiGet(rocksdb::ReadOptions(), handle_of(family), slices.size(), slices.data(), values.data(), statuses.data());
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
  rocksdb::WriteOptions write;
  write.sync = durability == Durability::kSynced;
  auto status = impl_->db->Write(write, &batch.impl_->batch);
  // After a failed write RocksDB refuses all writes until it is told to resume: the failed batch was not applied. This is
  // how the store comes back once there is space again.
  const bool stuck = status.IsIOError() || status.IsNoSpace() || status.severity() != rocksdb::Status::Severity::kNoError;
  if (!status.ok() && stuck && impl_->db->Resume().ok()) {
    status = impl_->db->Write(write, &batch.impl_->batch);
  }
  return from_rocksdb(status);
}

Iterator Store::iterate(Family family, std::string_view lower, std::string_view upper, ReadFrom from) const {
  auto impl = std::make_unique<Iterator::Impl>();
  impl->lower = lower;
  impl->upper = upper;
  impl->lower_slice = impl->lower;
  impl->upper_slice = impl->upper;
  rocksdb::ReadOptions read;
  if (from == ReadFrom::kCacheOnly) read.read_tier = rocksdb::kBlockCacheTier;
  if (!lower.empty()) read.iterate_lower_bound = &impl->lower_slice;
  if (!upper.empty()) read.iterate_upper_bound = &impl->upper_slice;
  impl->it.reset(impl_->db->NewIterator(read, handle_of(family)));
  return Iterator(std::move(impl));
}

Result<void> Store::checkpoint(const std::string& directory) const {
  rocksdb::Checkpoint* raw = nullptr;
  auto created = rocksdb::Checkpoint::Create(impl_->db.get(), &raw);
  if (!created.ok()) return from_rocksdb(created);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  auto made = checkpoint->CreateCheckpoint(directory);
  if (made.IsInvalidArgument()) return fail(Errc::kConflict, made.ToString());
  return from_rocksdb(made);
}

std::uint64_t Store::disk_bytes() const {
  std::uint64_t total = 0;
  for (auto* handle : impl_->handles) {
    std::uint64_t bytes = 0;
    if (impl_->db->GetIntProperty(handle, rocksdb::DB::Properties::kTotalSstFilesSize, &bytes)) total += bytes;
  }
  rocksdb::VectorLogPtr logs;
  if (impl_->db->GetSortedWalFiles(logs).ok()) {
    for (const auto& log : logs) total += log->SizeFileBytes();
  }
  return total;
}

}  // namespace engine::store
