#pragma once
// A source without a server: rows and transactions as a test writes them.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "connectors/source.h"

namespace test {

/// What the database is; outlives every source made of it. Threads: any.
class ScriptedDatabase {
 public:
  explicit ScriptedDatabase(std::vector<connectors::Table> tables) : tables_(std::move(tables)) {}

  /// Rows a snapshot finds.
  void put(const std::string& table, connectors::Row row) {
    const std::lock_guard lock(mutex_);
    rows_[table].push_back(std::move(row));
  }
  /// One transaction, cut into slices of `slice_rows` rows.
  void commit(std::vector<connectors::RowChange> rows, engine::WallTime at, std::size_t slice_rows = 1000) {
    const std::lock_guard lock(mutex_);
    const auto id = "t" + std::to_string(committed_.size() + 1);
    std::vector<connectors::Slice> slices;
    for (std::size_t from = 0; from < rows.size(); from += slice_rows) {
      connectors::Slice slice;
      slice.transaction_id = id;
      slice.commit_time = at;
      const auto end = std::min(rows.size(), from + slice_rows);
      slice.rows.assign(rows.begin() + static_cast<std::ptrdiff_t>(from), rows.begin() + static_cast<std::ptrdiff_t>(end));
      slice.last = end == rows.size();
      slices.push_back(std::move(slice));
    }
    committed_.push_back(std::move(slices));
    news_.notify_all();
  }
  /// From now on there are no rows to copy: the script itself brings them, from its beginning.
  void bring_rows_in_stream() {
    const std::lock_guard lock(mutex_);
    rows_in_stream_ = true;
  }
  /// The next so many waits of a source bring nothing, as when a server still searches its log for where to begin.
  void stall_next(unsigned times) {
    const std::lock_guard lock(mutex_);
    stalls_ = times;
  }
  /// The next so many waits of a source end in this error.
  void fail_next(unsigned times, engine::Errc code) {
    const std::lock_guard lock(mutex_);
    failures_ = times, code_ = code;
    news_.notify_all();
  }
  /// From now on sources wait for acknowledgements, and `told` hears of each, on the source's thread.
  void keep_until_acknowledged(std::function<void(const feed::SourcePosition&)> told) {
    const std::lock_guard lock(mutex_);
    acknowledged_ = std::move(told);
  }

 private:
  friend class ScriptedSource;
  const std::vector<connectors::Table> tables_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::map<std::string, std::vector<connectors::Row>> rows_;
  std::vector<std::vector<connectors::Slice>> committed_;
  bool rows_in_stream_ = false;
  unsigned failures_ = 0;
  unsigned stalls_ = 0;
  engine::Errc code_ = engine::Errc::kUnavailable;
  std::function<void(const feed::SourcePosition&)> acknowledged_;
};

/// Positions count transactions of the script; a number given at connect() goes on counting from there.
class ScriptedSource final : public connectors::Source {
 public:
  explicit ScriptedSource(ScriptedDatabase& database) : database_(database) {}

  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override {
    const std::lock_guard lock(database_.mutex_);
    slice_ = 0;
    at_ = from ? std::stoul(from->token) : database_.rows_in_stream_ ? 0 : database_.committed_.size();
    sequence_ = from ? from->sequence : 0;
    return engine::ok();
  }
  bool at_end() const override {
    const std::lock_guard lock(database_.mutex_);
    return at_ >= database_.committed_.size();
  }
  engine::Result<std::optional<connectors::Slice>> next(std::chrono::milliseconds patience) override {
    std::unique_lock lock(database_.mutex_);
    database_.news_.wait_for(lock, patience, [this] { return stopped_ || database_.failures_ > 0 || at_ < database_.committed_.size(); });
    if (stopped_) return engine::fail(engine::Errc::kCancelled);
    if (database_.failures_ > 0) {
      --database_.failures_;
      return engine::fail(database_.code_, "the script says so");
    }
    if (database_.stalls_ > 0) {
      --database_.stalls_;
      return std::optional<connectors::Slice>();
    }
    if (at_ >= database_.committed_.size()) return std::optional<connectors::Slice>();
    auto slice = database_.committed_[at_][slice_];
    if (slice.last) {
      ++at_, ++sequence_;
      slice_ = 0;
    } else {
      ++slice_;
    }
    slice.position = here();
    return std::optional(std::move(slice));
  }
  feed::SourcePosition position() const override { return here(); }
  bool waits_for_acknowledgement() const override {
    const std::lock_guard lock(database_.mutex_);
    return database_.acknowledged_ != nullptr;
  }
  engine::Result<void> acknowledge(const feed::SourcePosition& durable) override {
    const std::lock_guard lock(database_.mutex_);
    database_.acknowledged_(durable);
    return engine::ok();
  }
  bool reached(const feed::SourcePosition& position) const override { return at_ >= std::stoul(position.token); }
  engine::Result<std::vector<connectors::Table>> describe(const std::vector<std::string>& tables) override {
    std::vector<connectors::Table> found;
    for (const auto& table : database_.tables_) {
      if (std::find(tables.begin(), tables.end(), table.name) != tables.end()) found.push_back(table);
    }
    return found;
  }
  engine::Result<std::vector<std::string>> tables() override {
    std::vector<std::string> names;
    for (const auto& table : database_.tables_) names.push_back(table.name);
    return names;
  }
  engine::Result<std::vector<connectors::ForeignKey>> foreign_keys() override { return std::vector<connectors::ForeignKey>(); }
  engine::Result<connectors::Chunk> read_chunk(const connectors::Table& table, const connectors::Row&, std::size_t) override {
    const std::lock_guard lock(database_.mutex_);
    connectors::Chunk chunk;
    chunk.table = std::make_shared<const connectors::Table>(table);
    if (!database_.rows_in_stream_) chunk.rows = database_.rows_[table.name];
    chunk.last = true;
    chunk.position = {"scripted", 0, "0"};  // as the script begins
    return chunk;
  }
  bool rows_come_in_stream() const override {
    const std::lock_guard lock(database_.mutex_);
    return database_.rows_in_stream_;
  }
  void stop() override {
    const std::lock_guard lock(database_.mutex_);
    stopped_ = true;
    database_.news_.notify_all();
  }

 private:
  feed::SourcePosition here() const { return {"scripted", sequence_, std::to_string(at_)}; }

  ScriptedDatabase& database_;
  std::size_t at_ = 0, slice_ = 0;
  std::uint64_t sequence_ = 0;
  bool stopped_ = false;
};

}  // namespace test
