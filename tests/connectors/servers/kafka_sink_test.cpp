// The feed in a topic of a real broker, read back: the same changes in the same order, across ends and outages.

#include <gtest/gtest.h>

#include <thread>

#include "connectors/kafka/kafka_sink.h"
#include "feed/memory_change_log.h"
#include "tests/connectors/servers/kafka_site.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace test;
using namespace std::chrono_literals;

class KafkaSinkTopic : public KafkaSite {
 protected:
  static void SetUpTestSuite() {
    if (!absent()) broker_ = new KafkaBroker;
  }
  void SetUp() override {
    if (absent()) GTEST_SKIP() << *absent();
    static int topics = 0;
    options_.topic = "feed" + std::to_string(++topics);
    options_.connection.brokers = broker_->brokers();
    broker_->create_topic(options_.topic, 3, false);
  }
  void append(int from, int to) {
    std::vector<feed::Change> batch;
    for (int n = from; n < to; ++n) {
      feed::Change change;
      change.key = {n % 5 == 0 ? "order" : "entry", std::to_string(n % 17)};
      change.feed_action = n % 7 == 6 ? feed::Action::kDeleted : feed::Action::kUpdated;
      change.visible.feed = n % 11 != 10;  // a cart is for webhooks only
      change.event_id = feed::EventId{static_cast<std::uint64_t>(n)};
      change.source_transaction = "t" + std::to_string(n);
      change.content_hash = std::string(16, static_cast<char>(n));
      change.appended_at = clock_.wall_now();
      if (!change.tombstone()) change.parts.feed = R"({"id":)" + std::to_string(n) + "}";
      batch.push_back(std::move(change));
    }
    ASSERT_TRUE(log_.append(batch, {"cms", static_cast<std::uint64_t>(to), "x"}));
  }
  /// Runs a sink until `condition` of its stats, then ends it as a process would.
  template <class Condition>
  void run_until(Condition condition) {
    connectors::KafkaSink sink(options_, log_, progress(), clock_, incidents_);
    std::thread running([&] { sink.run(); });
    EXPECT_TRUE(app::demo::wait_until(40s, [&] { return condition(sink.stats()); })) << "lag " << sink.stats().lag << ", trouble: " << sink.stats().last_error;
    sink.stop();
    running.join();
  }
  connectors::SinkProgress progress() {
    return {[this] { return engine::Result<std::optional<feed::Offset>>(cursor_); }, [this](feed::Offset next) {
              if (!forgetful_) cursor_ = next;
              return engine::ok();
            }};
  }
  /// Every visible change is there; per key in order; repeats only where they are allowed.
  void expect_the_feed(bool repeats) {
    std::map<std::uint64_t, std::string> found;
    std::map<std::string, std::uint64_t> last;
    std::size_t seen = 0;
    for (const auto& record : KafkaPeer(broker_->brokers()).read_all(options_.topic)) {
      ASSERT_EQ(record.headers.size(), 1u);
      const auto offset = std::stoull(record.headers[0].second);
      EXPECT_TRUE(repeats || offset > last[record.key]) << record.key << " at " << offset;
      last[record.key] = offset;
      found[offset] = record.key + *record.value;
      ++seen;
    }
    std::map<std::uint64_t, std::string> wanted;
    auto all = log_.read(feed::Offset{1}, 1U << 30);
    ASSERT_TRUE(all);
    for (const auto& stored : *all) {
      if (stored.change.visible.feed) wanted[stored.offset.value] = stored.change.key.type + "/" + stored.change.key.id + connectors::sink_value(stored, false);
    }
    EXPECT_EQ(found, wanted);
    EXPECT_TRUE(repeats || seen == wanted.size()) << seen;
  }

  connectors::KafkaSinkOptions options_;
  feed::MemoryChangeLog log_;
  engine::SystemTimers clock_;
  engine::telemetry::OpenIncidents incidents_{clock_};
  std::optional<feed::Offset> cursor_;
  bool forgetful_ = false;
};

const auto kCaughtUp = [](const connectors::KafkaSinkStats& stats) { return stats.lag == 0; };

TEST_F(KafkaSinkTopic, HoldsTheFeedAcrossRestarts) {
  options_.in_flight = 50;
  append(0, 500);
  run_until(kCaughtUp);
  expect_the_feed(false);
  append(500, 520);
  run_until(kCaughtUp);
  expect_the_feed(false);
  EXPECT_EQ(cursor_, log_.high_watermark());
}

TEST_F(KafkaSinkTopic, AnEndBeforeTheCursorWasStoredLeavesNoGap) {
  append(0, 300);
  forgetful_ = true;
  run_until([](const auto& stats) { return stats.published > 50; });
  forgetful_ = false;
  append(300, 400);
  run_until(kCaughtUp);
  expect_the_feed(true);
}

TEST_F(KafkaSinkTopic, AnOutageIsWaitedForAndToldOf) {
  append(0, 50);
  connectors::KafkaSink sink(options_, log_, progress(), clock_, incidents_);
  std::thread running([&] { sink.run(); });
  EXPECT_TRUE(app::demo::wait_until(40s, [&] { return sink.stats().lag == 0; }));
  broker_->kill();
  append(50, 150);
  sink.wake();
  const auto told = [&] { return !incidents_.open().empty(); };
  EXPECT_TRUE(app::demo::wait_until(40s, told));
  EXPECT_EQ(sink.stats().lag, 100u);
  EXPECT_GT(sink.stats().oldest_age, 0us);
  EXPECT_FALSE(sink.stats().last_error.empty());
  broker_->start();
  EXPECT_TRUE(app::demo::wait_until(40s, [&] { return sink.stats().lag == 0 && !told(); })) << sink.stats().last_error;
  sink.stop();
  running.join();
  expect_the_feed(false);
}

TEST_F(KafkaSinkTopic, AMissingTopicIsAnIncident) {
  options_.topic = "nowhere";
  options_.timeout = 2000ms;
  append(0, 5);
  run_until([](const auto& stats) { return stats.failures > 0; });
  EXPECT_FALSE(incidents_.open().empty());
  EXPECT_EQ(cursor_, feed::Offset{1}) << "nothing is passed over";
}

}  // namespace
