#pragma once
// Changes and logs for the tests of this room.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/store/store.h"
#include "feed/memory_change_log.h"
#include "feed/rocks_change_log.h"
#include "tests/support/fixtures.h"

namespace feed {

inline engine::WallTime at(std::int64_t second) { return engine::WallTime{std::chrono::seconds{second}}; }

inline Change change(const std::string& type, const std::string& id, std::int64_t second, const std::string& body = "x") {
  Change out;
  out.key = {type, id};
  out.source_transaction = "t" + std::to_string(second);
  out.commit_time = out.appended_at = out.updated_at = out.raw_updated_at = at(second);
  out.created_at = at(1);
  out.feed_action = Action::kUpdated;
  out.webhook_action = Action::kUpdated;
  out.content_hash = body;
  out.parts.feed = R"({"id":)" + id + R"(,"body":")" + body + R"("})";
  return out;
}

inline Change tombstone(const std::string& type, const std::string& id, std::int64_t second) {
  auto out = change(type, id, second);
  out.feed_action = Action::kDeleted;
  out.parts = {};
  return out;
}

inline SourcePosition position(std::uint64_t sequence) { return {"source", sequence, "token" + std::to_string(sequence)}; }

/// A log over a store in a directory of its own, which can be dropped and opened again.
class RocksLog {
 public:
  explicit RocksLog(std::size_t hot_tail_bytes = 8u << 20) : hot_tail_bytes_(hot_tail_bytes) { open(); }
  RocksChangeLog& log() { return *log_; }
  engine::store::Store& store() { return *store_; }
  void reopen() {
    log_.reset();
    store_.reset();
    open();
  }

 private:
  void open() {
    engine::store::Options options;
    options.families = kFamilies();
    options.scanned_families = kScannedFamilies();
    options.write_buffer_bytes = 1 << 20;
    auto store = engine::store::Store::open((directory_.path() / "db").string(), options);
    ASSERT_TRUE(store) << store.error().detail;
    store_ = std::move(*store);
    RocksChangeLogOptions log_options;
    log_options.hot_tail_bytes = hot_tail_bytes_;
    auto log = RocksChangeLog::open(*store_, log_options);
    ASSERT_TRUE(log) << log.error().detail;
    log_ = std::move(*log);
  }
  const std::size_t hot_tail_bytes_;
  test::TemporaryDirectory directory_;
  std::unique_ptr<engine::store::Store> store_;
  std::unique_ptr<RocksChangeLog> log_;
};

/// The kinds of log every contract test runs over.
struct MemoryKind {
  MemoryChangeLog& log() { return log_; }
  MemoryChangeLog log_;
};
struct RocksKind : RocksLog {};
struct RocksColdKind : RocksLog {
  RocksColdKind() : RocksLog(0) {}  // no hot tail: every read goes to the store
};
struct RocksShortTailKind : RocksLog {
  RocksShortTailKind() : RocksLog(4000) {}
};
using LogKinds = ::testing::Types<MemoryKind, RocksKind, RocksColdKind, RocksShortTailKind>;

}  // namespace feed
