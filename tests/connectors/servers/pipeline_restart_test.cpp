// A pipeline that ends anywhere, and a mirror that is not what it should be: nothing lost, nothing doubled.

#include <fstream>

#include "tests/connectors/servers/pipeline_site.h"

namespace {

using namespace test;
using End = FaultyLog::End;

class PipelineRestart : public PipelineSite {
 protected:
  /// Changes appended since `from`, which must all be differences found by a snapshot.
  static std::set<feed::ResourceKey> differences_since(const feed::ChangeLog& log, feed::Offset from) {
    std::set<feed::ResourceKey> keys;
    for (const auto& change : history(log, from)) {
      EXPECT_EQ(change.origin, feed::Origin::kResnapshot) << named(change);
      keys.insert(change.key);
    }
    return keys;
  }
  static std::set<feed::ResourceKey> changed_between(const std::map<feed::ResourceKey, feed::Change>& before, const std::map<feed::ResourceKey, feed::Change>& after) {
    std::set<feed::ResourceKey> keys;
    for (const auto& [key, change] : after) {
      const auto was = before.find(key);
      const bool known = was != before.end() && !was->second.tombstone();
      if (change.tombstone() ? known : !known || content(was->second) != content(change)) keys.insert(key);
    }
    for (const auto& [key, change] : before) {
      if (!change.tombstone() && !after.contains(key)) keys.insert(key);
    }
    return keys;
  }
  /// While the pipeline is away the site changes and `harm` comes over the mirror. The next run finds exactly what changed.
  void expect_a_diff_after(const std::function<void()>& harm, std::string_view what) {
    SCOPED_TRACE(what);
    feed::MemoryChangeLog log;
    {
      const auto pipeline = start(log, "mirror");
      ASSERT_TRUE(caught_up(*pipeline));
      play(0, 10);
      ASSERT_TRUE(caught_up(*pipeline));
    }
    const auto known = newest(log);
    const auto before = log.high_watermark();
    harm();
    {
      const auto unchanged = start(log, "mirror");
      ASSERT_TRUE(caught_up(*unchanged));
    }
    EXPECT_EQ(log.high_watermark(), before) << "a new snapshot of the same rows tells nothing";
    play(10, 40);
    harm();
    const auto pipeline = start(log, "mirror");
    ASSERT_TRUE(caught_up(*pipeline));
    const auto told = differences_since(log, before);
    feed::MemoryChangeLog fresh(5);
    const auto fresh_pipeline = start(fresh, "fresh of " + std::string(what), 88);
    ASSERT_TRUE(caught_up(*fresh_pipeline));
    EXPECT_EQ(told, changed_between(known, newest(fresh)));
    expect_feed_is_up_to_date(log);
    const auto streamed_from = log.high_watermark();
    play(40, 50);
    ASSERT_TRUE(caught_up(*pipeline));
    for (const auto& change : history(log, streamed_from)) EXPECT_NE(change.origin, feed::Origin::kResnapshot) << named(change);
    expect_feed_is_up_to_date(log);
  }
  void with_mirror(const std::function<void(connectors::Mirror&)>& change) {
    auto mirror = connectors::Mirror::open(mirror_file("mirror"));
    ASSERT_TRUE(mirror);
    change(**mirror);
  }
};

// The witness never ends; what it wrote is what must have been written.
TEST_F(PipelineRestart, EndingAtAnyStepOfTheTwoStoresChangesNothing) {
  feed::MemoryChangeLog witness_log(1), log(1);
  const auto witness = start(witness_log, "witness", 72);
  FaultyLog faulty(log);
  auto small = options("mirror");
  small.limits.stage_bytes = 3000;
  const auto begin = [&] { return std::make_unique<RunningPipeline>(factory(), mapping_, faulty, clock_, incidents_, small); };
  ASSERT_TRUE(caught_up(*witness));
  auto pipeline = begin();
  ASSERT_TRUE(caught_up(*pipeline));
  const End ends[] = {End::kBeforeAppend, End::kAfterAppend, End::kBeforePart, End::kAfterPart};
  unsigned ended = 0;
  for (std::uint64_t n = 0; n < 48; ++n) {
    faulty.end_at(ends[n % 4]);
    play(n, n + 1);
    const auto here = ";gtid=" + server_->value("SELECT @@gtid_binlog_pos") + ";";
    ASSERT_TRUE(pipeline->until([&](const auto& s) { return faulty.ended() || s.position.token.find(here) != std::string::npos; }));
    ended += faulty.ended();
    if (n % 3 == 0) play(1000 + n, 1002 + n);  // while nobody looks
    pipeline.reset();
    faulty.revive();
    pipeline = begin();
    ASSERT_TRUE(caught_up(*pipeline));
  }
  ASSERT_TRUE(caught_up(*witness));
  EXPECT_GT(ended, 15u);
  expect_same_history(witness_log, log);
  expect_feed_is_up_to_date(log);
}

TEST_F(PipelineRestart, EndingAroundTheFirstSnapshotsAppendChangesNothing) {
  for (const End end : {End::kBeforeAppend, End::kAfterAppend, End::kBeforePart, End::kAfterPart}) {
    feed::MemoryChangeLog log;
    FaultyLog faulty(log);
    auto small = options("mirror" + std::to_string(static_cast<int>(end)));
    small.limits.stage_bytes = 20'000;
    faulty.end_at(end);
    {
      const RunningPipeline pipeline(factory(), mapping_, faulty, clock_, incidents_, small);
      ASSERT_TRUE(pipeline.until([&](const auto&) { return faulty.ended(); }));
    }
    EXPECT_EQ(log.high_watermark().value > 1, end == End::kAfterAppend);
    ASSERT_TRUE(site_->step(static_cast<std::uint64_t>(end)));
    faulty.revive();
    const RunningPipeline pipeline(factory(), mapping_, faulty, clock_, incidents_, small);
    ASSERT_TRUE(caught_up(pipeline));
    expect_feed_is_up_to_date(log);
  }
}

TEST_F(PipelineRestart, AMissingMirrorIsMadeAnewAndDiffed) {
  expect_a_diff_after([this] {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(mirror_file("mirror").string() + suffix);
  }, "missing");
}

TEST_F(PipelineRestart, ADamagedMirrorIsMadeAnewAndDiffed) {
  expect_a_diff_after([this] { std::ofstream(mirror_file("mirror"), std::ios::binary) << std::string(100'000, 'x'); }, "damaged");
}

TEST_F(PipelineRestart, AMirrorDamagedInItsDepthsIsMadeAnewWhenThatShows) {
  feed::MemoryChangeLog log;
  {
    const auto pipeline = start(log);
    ASSERT_TRUE(caught_up(*pipeline));
  }
  const auto size = std::filesystem::file_size(mirror_file("mirror"));
  {
    std::fstream file(mirror_file("mirror"), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(size / 2));
    file << std::string(size / 2, 'x');
  }
  play(0, 30);
  sql("UPDATE elements_sites SET title = CONCAT(title, ' anew') WHERE siteId = 1");
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  expect_feed_is_up_to_date(log);
  EXPECT_TRUE(incidents_.open().empty());
  with_mirror([](connectors::Mirror& mirror) { EXPECT_TRUE(mirror.sound()); });
}

TEST_F(PipelineRestart, AMirrorAheadOfTheLogIsMadeAnewAndDiffed) {
  expect_a_diff_after([this] {
    with_mirror([](connectors::Mirror& mirror) {
      auto position = mirror.position();
      ASSERT_TRUE(position && *position);
      ++(*position)->sequence;
      ASSERT_TRUE(mirror.set_position(**position));
    });
  }, "ahead");
}

TEST_F(PipelineRestart, AMirrorOfAnotherLogIsMadeAnewAndDiffed) {
  expect_a_diff_after([this] { with_mirror([](connectors::Mirror& mirror) { ASSERT_TRUE(mirror.set_log_id("of another log")); }); }, "of another log");
}

TEST_F(PipelineRestart, AnOlderMirrorOnlyCatchesUp) {
  feed::MemoryChangeLog witness_log(1), log(1);
  const auto witness = start(witness_log, "witness", 72);
  ASSERT_TRUE(caught_up(*witness));
  {
    const auto pipeline = start(log);
    ASSERT_TRUE(caught_up(*pipeline));
  }
  std::filesystem::copy_file(mirror_file("mirror"), mirror_file("older"));
  {
    const auto pipeline = start(log);
    play(0, 25);
    ASSERT_TRUE(caught_up(*pipeline));
  }
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(mirror_file("mirror").string() + suffix);
  std::filesystem::rename(mirror_file("older"), mirror_file("mirror"));
  play(25, 35);
  const auto pipeline = start(log);
  ASSERT_TRUE(caught_up(*pipeline));
  ASSERT_TRUE(caught_up(*witness));
  expect_same_history(witness_log, log);
}

/// Reads chunks like the real one, and is told before each; answers kUnavailable where it is told no.
class WatchedSource final : public connectors::Source {
 public:
  using BeforeChunk = std::function<bool(const std::string& table)>;
  WatchedSource(connectors::MariaDbOptions options, BeforeChunk before) : real_(std::move(options)), before_(std::move(before)) {}
  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override { return real_.connect(from); }
  engine::Result<std::optional<connectors::Slice>> next(std::chrono::milliseconds patience) override { return real_.next(patience); }
  feed::SourcePosition position() const override { return real_.position(); }
  bool reached(const feed::SourcePosition& position) const override { return real_.reached(position); }
  bool at_end() const override { return real_.at_end(); }
  engine::Result<std::vector<connectors::Table>> describe(const std::vector<std::string>& tables) override { return real_.describe(tables); }
  engine::Result<std::vector<std::string>> tables() override { return real_.tables(); }
  engine::Result<std::vector<connectors::ForeignKey>> foreign_keys() override { return real_.foreign_keys(); }
  engine::Result<connectors::Chunk> read_chunk(const connectors::Table& table, const connectors::Row& after, std::size_t max_rows) override {
    if (!before_(table.name)) return engine::fail(engine::Errc::kUnavailable, "the process has ended");
    return real_.read_chunk(table, after, max_rows);
  }
  void stop() override { real_.stop(); }

 private:
  connectors::MariaDbSource real_;
  BeforeChunk before_;
};

TEST_F(PipelineRestart, ASnapshotGoesOnBehindItsLastChunkWhileTheSiteChanges) {
  feed::MemoryChangeLog log;
  auto chunks = options("mirror");
  chunks.chunk_rows = 20;
  std::atomic<unsigned> read = 0, allowed = 0;
  const auto watched = [&](const std::set<std::string>& tables) {
    auto captured = source_options(71);
    captured.tables = tables;
    return std::make_unique<WatchedSource>(captured, [&](const std::string&) {
      if (read >= allowed) return false;
      // The site goes on under the snapshot's feet; nobody else uses it meanwhile.
      if (read++ % 4 == 0) {
        EXPECT_TRUE(site_->step(read));
      }
      return true;
    });
  };
  unsigned whole = 0;
  for (allowed = 9; whole == 0; allowed += 9) {
    const RunningPipeline pipeline(watched, mapping_, log, clock_, incidents_, chunks);
    const auto at = read.load();
    ASSERT_TRUE(pipeline.until([&](const auto& s) { return s.phase == Phase::kStreaming || (s.phase == Phase::kWaiting && read >= allowed); }));
    EXPECT_GT(read, at) << "every run gets further";
    EXPECT_LT(allowed, 400u) << "chunks are read again and again";
    if (pipeline.status().phase != Phase::kStreaming) {
      EXPECT_EQ(log.high_watermark().value, 1u) << "nothing is rendered from half a mirror";
      ASSERT_LT(allowed, 400u);
      continue;
    }
    whole = read;
    ASSERT_TRUE(caught_up(pipeline));
  }
  EXPECT_GT(whole, 30u);
  expect_feed_is_up_to_date(log);
}

}  // namespace
