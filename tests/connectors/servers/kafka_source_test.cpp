// A real broker between the sample site and the feed: what a MariaDB pipeline makes of the site, the same through Debezium's records and topics.

#include <random>

#include "connectors/kafka/kafka_position.h"
#include "connectors/kafka/kafka_source.h"
#include "tests/connectors/debezium_bridge.h"
#include "tests/connectors/servers/pipeline_site.h"

namespace {

using namespace test;
using connectors::KafkaSource;
using End = FaultyLog::End;

class KafkaSourceSite : public PipelineSite {
 protected:
  static void SetUpTestSuite() {
    if (!absent()) {
      PipelineSite::SetUpTestSuite();
      broker_ = new KafkaBroker;
    }
  }
  static void TearDownTestSuite() {
    delete broker_;
    broker_ = nullptr;
    PipelineSite::TearDownTestSuite();
  }
  static const std::optional<std::string>& absent() {
    static const auto kAbsent = KafkaBroker::absent();
    return kAbsent;
  }
  void SetUp() override {
    if (absent()) GTEST_SKIP() << *absent();
    PipelineSite::SetUp();
    peer_.emplace(broker_->brokers());
  }
  void begin_bridge(bool marks) {
    static int prefixes = 0;
    prefix_ = "shop" + std::to_string(++prefixes);
    marks_ = marks;
    bridge_.emplace(source_options(90 + static_cast<std::uint32_t>(prefixes)), *peer_, prefix_, marks);
    const auto taken = bridge_->snapshot(app::demo::installed_at());
    ASSERT_TRUE(taken) << taken.error().detail;
  }
  /// Publishes what the server has committed.
  void follow() {
    const auto followed = bridge_->follow();
    ASSERT_TRUE(followed) << followed.error().detail;
  }
  connectors::KafkaSourceOptions kafka_options() const {
    connectors::KafkaSourceOptions options;
    options.name = "cms";
    options.connection.brokers = broker_->brokers();
    options.topics = prefix_ + "." + database_ + ".{table}";
    if (marks_) options.transaction_topic = prefix_ + ".transaction";
    options.debezium.schema_file = std::string(MILLRACE_SOURCE_DIR) + "/app/demo/sample_schema.sql";
    return options;
  }
  connectors::Pipeline::SourceFactory kafka_factory() const {
    return [this](const std::set<std::string>& tables) {
      auto options = kafka_options();
      options.tables = tables;
      return std::make_unique<KafkaSource>(options, clock_);
    };
  }
  std::unique_ptr<RunningPipeline> start_kafka(feed::ChangeLog& log, const std::string& mirror = "kafka") {
    return std::make_unique<RunningPipeline>(kafka_factory(), mapping_, log, clock_, incidents_, options(mirror));
  }
  /// True where a source that stands there has taken every record of the topics it reads.
  bool stands_behind_all(const std::string& token) const {
    const auto offsets = connectors::parse_offsets(token);
    if (!offsets || offsets->empty()) return false;
    std::map<std::string, std::int64_t> taken;
    for (const auto& [place, offset] : *offsets) taken[place.topic] += offset;
    return std::all_of(taken.begin(), taken.end(), [&](const auto& topic) {
      const auto count = bridge_->published().find(topic.first);
      return count == bridge_->published().end() || count->second == topic.second;
    });
  }
  /// Every record published so far is in the log.
  bool all_taken(const RunningPipeline& pipeline) const {
    return pipeline.until([&](const auto& s) { return s.phase == Phase::kStreaming && stands_behind_all(s.position.token); });
  }
  void expect_what_mariadb_tells(const feed::ChangeLog& log) {
    feed::MemoryChangeLog fresh(98);
    const auto pipeline = start(fresh, "fresh" + std::to_string(++made_), 198);
    ASSERT_TRUE(caught_up(*pipeline));
    expect_same_documents(fresh, log);
    expect_nothing_doubled(log);
  }

  static KafkaBroker* broker_;
  std::optional<KafkaPeer> peer_;
  std::optional<DebeziumBridge> bridge_;
  std::string prefix_;
  bool marks_ = false;
  int made_ = 0;
};
KafkaBroker* KafkaSourceSite::broker_ = nullptr;

TEST_F(KafkaSourceSite, TheFeedIsTheOneOfTheDatabase) {
  begin_bridge(false);
  feed::MemoryChangeLog log;
  const auto pipeline = start_kafka(log);
  ASSERT_TRUE(all_taken(*pipeline));
  for (const auto& change : history(log)) EXPECT_EQ(change.origin, feed::Origin::kSnapshot) << named(change);
  expect_what_mariadb_tells(log);
  play(0, 60);
  follow();
  ASSERT_TRUE(all_taken(*pipeline));
  expect_what_mariadb_tells(log);
}

// With marks a transaction is taken whole, whatever topics and partitions it came through: the feed is the same change for change.
TEST_F(KafkaSourceSite, MarkedTransactionsAreTakenWhole) {
  begin_bridge(true);
  feed::MemoryChangeLog witness(1), log;
  const auto database = start(witness, "witness", 197);
  ASSERT_TRUE(caught_up(*database));
  const auto pipeline = start_kafka(log);
  ASSERT_TRUE(all_taken(*pipeline));
  const auto from = witness.high_watermark();
  ASSERT_EQ(log.high_watermark(), from);
  for (std::uint64_t n = 0; n < 40; n += 8) {
    play(n, n + 8);
    follow();
    ASSERT_TRUE(all_taken(*pipeline));
  }
  ASSERT_TRUE(caught_up(*database));
  const auto wanted = history(witness, from), found = history(log, from);
  std::string ours, theirs;
  for (const auto& change : found) ours += named(change) + "\n";
  for (const auto& change : wanted) theirs += named(change) + "\n";
  ASSERT_EQ(ours, theirs);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(found[i].parts, wanted[i].parts) << named(found[i]);
  }
}

// Two partitions a topic: after a crash between the two stores the records come back in another order.
TEST_F(KafkaSourceSite, EndingAnywhereLosesNothingAndDoublesNothing) {
  begin_bridge(false);
  feed::MemoryChangeLog log;
  FaultyLog faulty(log);
  const auto begin = [&] {
    auto small = options("kafka");
    small.chunk_rows = 100;
    return std::make_unique<RunningPipeline>(kafka_factory(), mapping_, faulty, clock_, incidents_, small);
  };
  auto pipeline = begin();
  ASSERT_TRUE(all_taken(*pipeline));
  std::mt19937_64 random(7);
  const End ends[] = {End::kBeforeAppend, End::kAfterAppend};
  for (std::uint64_t n = 0; n < 36; n += 3) {
    faulty.end_at(ends[random() % 2]);
    play(n, n + 3);
    follow();
    ASSERT_TRUE(pipeline->until([&](const auto& s) { return faulty.ended() || stands_behind_all(s.position.token); }));
    if (random() % 2) {
      play(1000 + n, 1002 + n);  // while nobody looks
      follow();
    }
    pipeline.reset();
    faulty.revive();
    pipeline = begin();
    ASSERT_TRUE(all_taken(*pipeline));
  }
  expect_what_mariadb_tells(log);
}

TEST_F(KafkaSourceSite, AKilledBrokerIsWaitedFor) {
  begin_bridge(false);
  feed::MemoryChangeLog log;
  const auto pipeline = start_kafka(log);
  ASSERT_TRUE(all_taken(*pipeline));
  broker_->kill();
  EXPECT_TRUE(pipeline->until([&](const auto& s) { return s.phase == Phase::kWaiting; }));
  EXPECT_TRUE(has_incident("source_trouble"));
  broker_->start();
  play(0, 10);
  follow();
  ASSERT_TRUE(all_taken(*pipeline));
  expect_what_mariadb_tells(log);
  EXPECT_FALSE(has_incident("source_trouble"));
}

// The mirror is gone: everything is read again from the topics' beginnings, and nothing differs.
TEST_F(KafkaSourceSite, ALostMirrorIsMadeAnewFromTheTopics) {
  begin_bridge(false);
  feed::MemoryChangeLog log;
  {
    const auto pipeline = start_kafka(log);
    ASSERT_TRUE(all_taken(*pipeline));
    play(0, 10);
    follow();
    ASSERT_TRUE(all_taken(*pipeline));
  }
  const auto before = log.high_watermark();
  std::filesystem::remove(mirror_file("kafka"));
  const auto pipeline = start_kafka(log);
  ASSERT_TRUE(all_taken(*pipeline));
  EXPECT_EQ(log.high_watermark(), before);
  play(10, 20);
  follow();
  ASSERT_TRUE(all_taken(*pipeline));
  expect_what_mariadb_tells(log);
}

}  // namespace
