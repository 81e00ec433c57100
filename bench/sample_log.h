#pragma once
// A log on disk with made-up changes, for benchmarks that start behind the connectors.

#include <filesystem>
#include <memory>

#include "engine/runtime/timers.h"
#include "feed/rocks_change_log.h"

namespace bench {

/// By default in a fresh temporary directory, removed with the object.
class SampleLog {
 public:
  static engine::Result<std::unique_ptr<SampleLog>> create(std::size_t cache_bytes = 64u << 20);
  /// In a directory of the caller's, which stays: a log that is there goes on.
  static engine::Result<std::unique_ptr<SampleLog>> open(const std::filesystem::path& directory, std::size_t cache_bytes = 64u << 20);
  /// What such a log's store is opened with, for a program that opens the store alone.
  static engine::store::Options store_options();
  ~SampleLog();
  /// `count` changes of entries, parts of about `part_bytes` (feed and webhook alike), in batches of 500. `keys`: of so many resources in turn, at least
  /// as many as a batch has changes; 0: each of a new one.
  engine::Result<void> append(std::size_t count, std::size_t part_bytes, std::size_t keys = 0);
  engine::store::Store& store() { return *store_; }
  feed::RocksChangeLog& log() { return *log_; }
  engine::Timers& timers() { return timers_; }

 private:
  engine::Result<void> open_store(const std::filesystem::path& directory, std::size_t cache_bytes);
  std::filesystem::path directory_;  // to remove; empty: the caller's
  engine::SystemTimers timers_;
  std::unique_ptr<engine::store::Store> store_;
  std::unique_ptr<feed::RocksChangeLog> log_;
  std::uint64_t next_id_ = 1;
  std::uint64_t sequence_ = 0;
};

}  // namespace bench
