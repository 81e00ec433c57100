#pragma once
// The embedded store: named column families of ordered byte keys, atomic batches, snapshots. RocksDB behind it, and no RocksDB name in front.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace engine::store {

/// A column family's handle; valid as long as its Store. Cheap to copy.
struct Family {
  void* handle = nullptr;
};

/// Writes that take effect together or not at all. Not for use by two threads at once.
class Batch {
 public:
  Batch();
  ~Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  /// Erases begin <= key < end.
  void erase_range(Family family, std::string_view begin, std::string_view end);
  void clear();
  bool empty() const;
  std::size_t bytes() const;

 private:
  friend class Store;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A forward and backward reader over one family, of the state at its creation (or of its Snapshot).
/// Held for one read, not for a session: a store that met a write error comes back only while no iterator exists.
class Iterator {
 public:
  ~Iterator();
  Iterator(Iterator&&) noexcept;
  Iterator& operator=(Iterator&&) noexcept;
  void seek(std::string_view key);           ///< first key >= `key`
  void seek_for_prev(std::string_view key);  ///< last key <= `key`
  void next();
  void prev();
  bool valid() const;             ///< false at an end, and after a read error: then status() fails
  std::string_view key() const;   ///< until the next move
  std::string_view value() const;
  Result<void> status() const;

 private:
  friend class Store;
  struct Impl;
  explicit Iterator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

enum class Durability { kBuffered, kSynced };
/// kCacheOnly never waits for a disk: a block that is not in memory gives kUnavailable. For loops.
enum class ReadFrom { kAnywhere, kCacheOnly };

struct Options {
  std::vector<std::string> families;           ///< created where missing; every family on disk must be named
  std::vector<std::string> scanned_families;   ///< those never looked up by single key: no bloom filter, and erased keys go soon, since scans step over them
  std::uint32_t format_version = 1;            ///< a store of a newer version is refused, kUnsupported
  std::size_t block_cache_bytes = 64u << 20;
  std::size_t write_buffer_bytes = 16u << 20;  ///< per family
  std::uint64_t reserve_bytes = 32u << 20;     ///< writes are refused, kFull, while the file system has less than this left
  bool create = true;
};

/// Threads: every method from any thread. Blocking: all but family().
/// Errors: kFull (no space; nothing was written, retry later), kMalformed (damage), kConflict (another process holds it), kUnavailable (I/O).
class Store {
 public:
  static Result<std::unique_ptr<Store>> open(const std::string& directory, const Options& options);
  ~Store();

  Family family(std::string_view name) const;  ///< one of Options::families; asserts otherwise
  Result<std::optional<std::string>> get(Family family, std::string_view key, ReadFrom from = ReadFrom::kAnywhere) const;
  /// One result per key, in order.
  Result<std::vector<std::optional<std::string>>> multi_get(Family family, const std::vector<std::string>& keys) const;
  Result<void> write(Batch& batch, Durability durability);
  /// Reads the family as it is now, from `lower` (inclusive) to `upper` (exclusive, empty: no bound).
  Iterator iterate(Family family, std::string_view lower = {}, std::string_view upper = {}, ReadFrom from = ReadFrom::kAnywhere) const;
  /// A consistent copy at `directory` (must not exist), by hard links where possible.
  Result<void> checkpoint(const std::string& directory) const;
  /// Bytes on disk, approximately.
  std::uint64_t disk_bytes() const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace engine::store
