// What brokers do wrong, made with librdkafka's mock cluster.

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <fstream>

#include "connectors/kafka/kafka_source.h"
#include "engine/runtime/timers.h"
#include "tests/support/fixtures.h"

namespace {

using namespace std::chrono_literals;
using connectors::KafkaSource;

class KafkaFaults : public ::testing::Test {
 protected:
  KafkaFaults() {
    char why[256];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
    holder_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cluster_ = rd_kafka_mock_cluster_new(holder_, 1);
    rd_kafka_mock_topic_create(cluster_, "shop.craft.notes", 2, 1);
    std::ofstream(schema()) << "CREATE TABLE notes (id int NOT NULL PRIMARY KEY, words varchar(20));";
    options_.name = "cms";
    options_.connection.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options_.topics = "shop.craft.{table}";
    options_.debezium.schema_file = schema();
    options_.timeout = 3000ms;
    options_.transaction_wait = 200ms;
  }
  ~KafkaFaults() override {
    source_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(holder_);
  }
  std::string schema() const { return (directory_.path() / "schema.sql").string(); }
  void publish(int partition, int id, const std::string& value = {}) {
    char why[256];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", rd_kafka_mock_cluster_bootstraps(cluster_), why, sizeof why);
    auto* producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    const auto text = value.empty() ? R"({"op":"c","before":null,"after":{"id":)" + std::to_string(id) + R"(,"words":"a"},"source":{"table":"notes","ts_ms":1000}})" : value;
    ASSERT_EQ(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("shop.craft.notes"), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                RD_KAFKA_V_VALUE(const_cast<char*>(text.data()), text.size()), RD_KAFKA_V_END), RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_EQ(rd_kafka_flush(producer, 10'000), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_destroy(producer);
  }
  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from = {}) {
    source_ = std::make_unique<KafkaSource>(options_, clock_);
    return source_->connect(from);
  }
  /// Ids of the rows that come until `count` are there, or the error that ends it.
  engine::Result<std::multiset<std::int64_t>> rows(std::size_t count) {
    std::multiset<std::int64_t> ids;
    for (int i = 0; i < 100 && ids.size() < count; ++i) {
      auto slice = source_->next(100ms);
      if (!slice) return slice.take_error();
      if (!*slice) continue;
      for (const auto& row : (*slice)->rows) ids.insert(std::get<std::int64_t>(row.after[0]));
    }
    return ids;
  }

  test::TemporaryDirectory directory_;
  engine::SystemTimers clock_;
  rd_kafka_t* holder_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  connectors::KafkaSourceOptions options_;
  std::unique_ptr<KafkaSource> source_;
};

TEST_F(KafkaFaults, ReadsAndGoesOnWhereItStood) {
  publish(0, 1);
  publish(1, 2);
  ASSERT_TRUE(connect());
  const auto first = rows(2);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(*first, (std::multiset<std::int64_t>{1, 2}));
  EXPECT_TRUE(source_->at_end());
  const auto here = source_->position();
  EXPECT_EQ(here.sequence, 2u);
  publish(0, 3);
  ASSERT_TRUE(connect(here));
  EXPECT_EQ(*rows(1), std::multiset<std::int64_t>{3});
}

TEST_F(KafkaFaults, ErrorsOfFetchesAreOutlasted) {
  publish(0, 1);
  publish(1, 2);
  ASSERT_TRUE(connect());
  rd_kafka_mock_push_request_errors(cluster_, 1 /* Fetch */, 3, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
  const auto found = rows(2);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(*found, (std::multiset<std::int64_t>{1, 2}));
}

TEST_F(KafkaFaults, NoBrokerIsUnavailable) {
  publish(0, 1);
  ASSERT_TRUE(connect());
  ASSERT_TRUE(rows(1));
  rd_kafka_mock_broker_set_down(cluster_, 1);
  const auto found = rows(1);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, engine::Errc::kUnavailable);
  EXPECT_NE(found.error().detail.find(options_.connection.brokers), std::string::npos);
  const auto again = connect();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, engine::Errc::kUnavailable);
  rd_kafka_mock_broker_set_up(cluster_, 1);
  ASSERT_TRUE(connect());
  EXPECT_EQ(*rows(1), std::multiset<std::int64_t>{1});
}

TEST_F(KafkaFaults, AReadRefusedByTheBrokerAsksForAPerson) {
  publish(0, 1);
  ASSERT_TRUE(connect());
  rd_kafka_mock_topic_set_error(cluster_, "shop.craft.notes", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto again = connect();
  ASSERT_FALSE(again);
}

TEST_F(KafkaFaults, ABadRecordIsNamedByItsPlace) {
  publish(1, 0, R"({"op":"c","after":{"id":"secret"},"source":{"table":"notes"}})");
  ASSERT_TRUE(connect());
  const auto found = rows(1);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, engine::Errc::kMalformed);
  EXPECT_NE(found.error().detail.find("topic shop.craft.notes, partition 1, offset 0: table notes, column id"), std::string::npos) << found.error().detail;
  EXPECT_EQ(found.error().detail.find("secret"), std::string::npos);
}

TEST_F(KafkaFaults, APositionBeyondTheEndIsAnotherTopic) {
  publish(0, 1);
  const auto connected = connect(feed::SourcePosition{"cms", 50, "kafka;shop.craft.notes:0=40,1=0"});
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, engine::Errc::kConflict);
  const auto other = connect(feed::SourcePosition{"cms", 50, "server=1;gtid=0-1-5;"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, engine::Errc::kConflict);
}

TEST_F(KafkaFaults, ATableIsEmptyAtItsTopicsBeginningAndOnlyThere) {
  publish(0, 1);
  ASSERT_TRUE(connect());
  const auto tables = source_->describe({"notes", "absent"});
  ASSERT_TRUE(tables && tables->size() == 1);
  const auto chunk = source_->read_chunk(tables->front(), {}, 100);
  ASSERT_TRUE(chunk);
  EXPECT_TRUE(chunk->rows.empty() && chunk->last && source_->reached(chunk->position));
  ASSERT_TRUE(rows(1));
  const auto later = source_->read_chunk(tables->front(), {}, 100);
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().code, engine::Errc::kConflict);
}

TEST_F(KafkaFaults, BackPressureHoldsNoMoreThanItMay) {
  options_.partition_records = 10;
  options_.slice_rows = 1;
  for (int id = 0; id < 60; ++id) publish(0, id);
  ASSERT_TRUE(connect());
  const auto found = rows(60);
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->size(), 60u);
  EXPECT_EQ(std::set<std::int64_t>(found->begin(), found->end()).size(), 60u) << "a pause repeats nothing";
}

TEST_F(KafkaFaults, StopEndsAWait) {
  publish(0, 1);
  ASSERT_TRUE(connect());
  source_->stop();
  const auto slice = source_->next(10s);
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().code, engine::Errc::kCancelled);
}

TEST_F(KafkaFaults, ASettingThatDoesNotExistIsNamed) {
  options_.connection.further["no.such.setting"] = "1";
  const auto connected = connect();
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, engine::Errc::kUnsupported);
  EXPECT_NE(connected.error().detail.find("no.such.setting"), std::string::npos);
}

}  // namespace
