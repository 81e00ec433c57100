// A real broker between the sample site and the feed: what a MariaDB pipeline makes of the site, the same through Debezium's records and topics.

#include <random>

#include "connectors/kafka/kafka_position.h"
#include "connectors/kafka/kafka_source.h"
#include "tests/connectors/debezium_writer.h"
#include "tests/connectors/servers/pipeline_site.h"
#include "tests/support/kafka_broker.h"

namespace {

using namespace test;
using connectors::KafkaSource;
using End = FaultyLog::End;

/// Stands in for Debezium: takes the site's binary log and writes the records Debezium would.
class Bridge {
 public:
  Bridge(connectors::MariaDbOptions options, KafkaPeer& peer, std::string prefix, bool marks) : source_(std::move(options)), peer_(peer), prefix_(std::move(prefix)), marks_(marks) {}

  void snapshot() {
    auto connected = source_.connect(std::nullopt);
    ASSERT_TRUE(connected) << connected.error().detail;
    auto names = source_.tables();
    ASSERT_TRUE(names);
    auto tables = source_.describe(*names);
    ASSERT_TRUE(tables);
    if (marks_ && topics_.insert(prefix_ + ".transaction").second) peer_.create_topic(prefix_ + ".transaction", 1, false);
    for (const auto& table : *tables) {
      if (topics_.insert(prefix_ + ".craft." + table.name).second) peer_.create_topic(prefix_ + ".craft." + table.name, 2, true);
    }
    for (const auto& table : *tables) {
      const auto shape = std::make_shared<const connectors::Table>(table);
      auto chunk = source_.read_chunk(table, {}, 1'000'000);
      ASSERT_TRUE(chunk && chunk->last);
      for (auto& row : chunk->rows) {
        connectors::RowChange change{shape, connectors::RowChange::Kind::kInsert, {}, std::move(row), true};
        publish(change, {{}, app::demo::installed_at(), 0, 0}, "r");
      }
    }
    peer_.flush();
  }
  /// Publishes what the server has committed.
  void follow() {
    for (;;) {
      auto slice = source_.next(100ms);
      ASSERT_TRUE(slice) << slice.error().detail;
      if (!*slice) break;
      std::map<std::string, std::uint64_t> counts;
      std::uint64_t order = 0;
      const auto at = ++transactions_ * 1000;
      for (const auto& row : (*slice)->rows) {
        ++order;
        ++counts["craft." + row.table->name];
        publish(row, {(*slice)->transaction_id, (*slice)->commit_time, at, marks_ ? order : 0}, {});
      }
      ASSERT_TRUE((*slice)->last);
      if (marks_) mark((*slice)->transaction_id, order, counts);
    }
    peer_.flush();
  }
  /// True where a source that stands there has taken every record of the topics it reads.
  bool all_taken(const std::string& token) const {
    const auto offsets = connectors::parse_offsets(token);
    if (!offsets || offsets->empty()) return false;
    std::map<std::string, std::int64_t> taken;
    for (const auto& [place, offset] : *offsets) taken[place.topic] += offset;
    return std::all_of(taken.begin(), taken.end(), [&](const auto& topic) {
      const auto count = published_.find(topic.first);
      return count == published_.end() || count->second == topic.second;
    });
  }

 private:
  void publish(const connectors::RowChange& change, const DebeziumOrigin& origin, const std::string& op) {
    const auto topic = prefix_ + ".craft." + change.table->name;
    if (topics_.insert(topic).second) peer_.create_topic(topic, 2, true);
    const auto key = debezium_key(change);
    peer_.publish(topic, key, debezium_value(change, change.table->name, origin, op));
    ++published_[topic];
    if (change.kind != connectors::RowChange::Kind::kDelete) return;
    peer_.publish(topic, key, std::nullopt);
    ++published_[topic];
  }
  void mark(const std::string& id, std::uint64_t events, const std::map<std::string, std::uint64_t>& counts) {
    const auto topic = prefix_ + ".transaction";
    std::string value;
    engine::JsonWriter json(value);
    json.begin_object().key("status").string("END").key("id").string(id).key("event_count").number_u64(events).key("data_collections").begin_array();
    for (const auto& [name, count] : counts) json.begin_object().key("data_collection").string(name).key("event_count").number_u64(count).end_object();
    json.end_array().end_object();
    peer_.publish(topic, id, value);
  }

  connectors::MariaDbSource source_;
  KafkaPeer& peer_;
  const std::string prefix_;
  const bool marks_;
  std::set<std::string> topics_;
  std::map<std::string, std::int64_t> published_;  // records by topic, those of marks left out
  std::uint64_t transactions_ = 0;
};

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
    bridge_->snapshot();
  }
  connectors::KafkaSourceOptions kafka_options() const {
    connectors::KafkaSourceOptions options;
    options.name = "cms";
    options.connection.brokers = broker_->brokers();
    options.topics = prefix_ + ".craft.{table}";
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
  /// Every record published so far is in the log.
  bool all_taken(const RunningPipeline& pipeline) const {
    return pipeline.until([&](const auto& s) { return s.phase == Phase::kStreaming && bridge_->all_taken(s.position.token); });
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
  std::optional<Bridge> bridge_;
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
  bridge_->follow();
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
    bridge_->follow();
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
    bridge_->follow();
    ASSERT_TRUE(pipeline->until([&](const auto& s) { return faulty.ended() || bridge_->all_taken(s.position.token); }));
    if (random() % 2) {
      play(1000 + n, 1002 + n);  // while nobody looks
      bridge_->follow();
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
  bridge_->follow();
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
    bridge_->follow();
    ASSERT_TRUE(all_taken(*pipeline));
  }
  const auto before = log.high_watermark();
  std::filesystem::remove(mirror_file("kafka"));
  const auto pipeline = start_kafka(log);
  ASSERT_TRUE(all_taken(*pipeline));
  EXPECT_EQ(log.high_watermark(), before);
  play(10, 20);
  bridge_->follow();
  ASSERT_TRUE(all_taken(*pipeline));
  expect_what_mariadb_tells(log);
}

}  // namespace
