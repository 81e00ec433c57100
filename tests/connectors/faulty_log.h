#pragma once
// A change log whose disk is full, or whose process ends, exactly where a test says.

#include <mutex>

#include "feed/change_log.h"

namespace test {

/// Passes everything on to `inner`, which outlives it and keeps what it was given: a process that dies leaves its log behind.
/// Threads: any.
class FaultyLog final : public feed::ChangeLog {
 private:
  template <class F>
  auto locked(F f) const {
    const std::lock_guard lock(mutex_);
    return f();
  }

 public:
  enum class End { kBeforeAppend, kAfterAppend, kBeforePart, kAfterPart };

  explicit FaultyLog(feed::ChangeLog& inner) : inner_(inner) {}

  /// The next such step is the last: from then on every write and every look at the position is refused.
  void end_at(End where) { locked([&] { ending_ = true, where_ = where; }); }
  bool ended() const { return locked([&] { return ended_; }); }
  /// As the next process finds it.
  void revive() { locked([&] { ending_ = ended_ = false; }); }
  /// So many appends find the disk full.
  void fill_up(unsigned appends) { locked([&] { full_ = appends; }); }
  unsigned refused() const { return locked([&] { return refused_; }); }
  unsigned appends() const { return locked([&] { return appends_; }); }
  unsigned parts() const { return locked([&] { return parts_; }); }
  std::size_t largest_append() const { return locked([&] { return largest_; }); }
  /// Runs before every append, on the writer's thread.
  void before_append(std::function<void(const feed::SourcePosition&)> watch) { watch_ = std::move(watch); }

  engine::Result<feed::Offset> append(std::span<const feed::Change> batch, const feed::SourcePosition& position) override {
    if (watch_) watch_(position);
    if (off(End::kBeforeAppend)) return gone();
    if (locked([&] { return full_ > 0 && (--full_, ++refused_, true); })) return engine::fail(engine::Errc::kFull, "the disk is full");
    auto done = inner_.append(batch, position);
    locked([&] { ++appends_, largest_ = std::max(largest_, batch.size()); });
    if (off(End::kAfterAppend)) return gone();
    return done;
  }
  engine::Result<void> append_part(std::span<const feed::Change> batch) override {
    if (off(End::kBeforePart)) return gone();
    auto done = inner_.append_part(batch);
    locked([&] { ++parts_; });
    if (off(End::kAfterPart)) return gone();
    return done;
  }
  engine::Result<void> drop_staged() override { return inner_.drop_staged(); }
  engine::Result<std::vector<feed::StoredChange>> read(feed::Offset from, std::size_t max_bytes) const override { return inner_.read(from, max_bytes); }
  engine::Result<std::optional<feed::Latest>> latest(const feed::ResourceKey& key) const override { return inner_.latest(key); }
  engine::Result<feed::StoredChange> read_one(feed::Offset offset) const override { return inner_.read_one(offset); }
  engine::Result<void> for_each_live(const std::string& type, const std::function<void(const feed::ResourceKey&, const feed::Latest&)>& visit) const override {
    return inner_.for_each_live(type, visit);
  }
  engine::Result<std::optional<feed::SourcePosition>> position(const std::string& source) const override {
    if (ended()) return gone();
    return inner_.position(source);
  }
  feed::Offset first_offset() const override { return inner_.first_offset(); }
  feed::Offset high_watermark() const override { return inner_.high_watermark(); }
  const std::string& log_id() const override { return inner_.log_id(); }

 private:
  static tl::unexpected<engine::Error> gone() { return engine::fail(engine::Errc::kUnavailable, "the process has ended"); }
  bool off(End here) {
    const std::lock_guard lock(mutex_);
    if (ending_ && where_ == here) ended_ = true;
    return ended_;
  }

  feed::ChangeLog& inner_;
  std::function<void(const feed::SourcePosition&)> watch_;
  mutable std::mutex mutex_;
  bool ending_ = false, ended_ = false;
  End where_ = End::kBeforeAppend;
  unsigned full_ = 0, refused_ = 0, appends_ = 0, parts_ = 0;
  std::size_t largest_ = 0;
};

}  // namespace test
