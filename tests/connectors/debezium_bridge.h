#pragma once
// Stands in for Debezium: takes a MariaDB's binary log and writes the records Debezium would into a broker's topics.

#include <map>
#include <set>

#include "connectors/mariadb/mariadb_source.h"
#include "tests/connectors/debezium_writer.h"
#include "tests/support/kafka_broker.h"

namespace test {

/// Topics PREFIX.DATABASE.TABLE, two partitions each; with `marks` also PREFIX.transaction. Threads: one. Blocking. Errors: those of the source.
class DebeziumBridge {
 public:
  DebeziumBridge(connectors::MariaDbOptions options, KafkaPeer& peer, std::string prefix, bool marks)
      : database_(options.database), source_(std::move(options)), peer_(peer), prefix_(std::move(prefix)), marks_(marks) {}

  /// Makes the topics and publishes every row there is, as read `at`.
  engine::Result<void> snapshot(engine::WallTime at) {
    if (auto connected = source_.connect(std::nullopt); !connected) return connected;
    auto names = source_.tables();
    if (!names) return names.take_error();
    auto tables = source_.describe(*names);
    if (!tables) return tables.take_error();
    if (marks_ && topics_.insert(prefix_ + ".transaction").second) peer_.create_topic(prefix_ + ".transaction", 1, false);
    for (const auto& table : *tables) topic_of(table.name);
    for (const auto& table : *tables) {
      const auto shape = std::make_shared<const connectors::Table>(table);
      auto chunk = source_.read_chunk(table, {}, 10'000'000);
      if (!chunk) return chunk.take_error();
      for (auto& row : chunk->rows) publish({shape, connectors::RowChange::Kind::kInsert, {}, std::move(row), true}, {{}, at, 0, 0}, "r");
    }
    peer_.flush();
    return engine::ok();
  }

  /// Publishes what the server has committed, until nothing comes for `patience`.
  engine::Result<void> follow(std::chrono::milliseconds patience = std::chrono::milliseconds(100)) {
    for (;;) {
      auto slice = source_.next(patience);
      if (!slice) return slice.take_error();
      if (!*slice) break;
      if (order_ == 0) at_ = ++transactions_ * 1000;
      for (const auto& row : (*slice)->rows) {
        ++order_;
        ++counts_[database_ + "." + row.table->name];
        publish(row, {(*slice)->transaction_id, (*slice)->commit_time, at_, marks_ ? order_ : 0}, {});
      }
      if ((*slice)->last) end_transaction((*slice)->transaction_id);
    }
    peer_.flush();
    return engine::ok();
  }

  /// Of the binary log; everything in front of it is published.
  feed::SourcePosition position() const { return source_.position(); }
  /// Records by topic, those of marks left out.
  const std::map<std::string, std::int64_t>& published() const { return published_; }

 private:
  std::string topic_of(const std::string& table) {
    auto topic = prefix_ + "." + database_ + "." + table;
    if (topics_.insert(topic).second) peer_.create_topic(topic, 2, true);
    return topic;
  }
  void publish(const connectors::RowChange& change, const DebeziumOrigin& origin, const std::string& op) {
    const auto topic = topic_of(change.table->name);
    const auto key = debezium_key(change);
    peer_.publish(topic, key, debezium_value(change, change.table->name, origin, op));
    ++published_[topic];
    if (change.kind != connectors::RowChange::Kind::kDelete) return;
    peer_.publish(topic, key, std::nullopt);
    ++published_[topic];
  }
  void end_transaction(const std::string& id) {
    if (marks_) {
      std::string value;
      engine::JsonWriter json(value);
      json.begin_object().key("status").string("END").key("id").string(id).key("event_count").number_u64(order_).key("data_collections").begin_array();
      for (const auto& [name, count] : counts_) json.begin_object().key("data_collection").string(name).key("event_count").number_u64(count).end_object();
      json.end_array().end_object();
      peer_.publish(prefix_ + ".transaction", id, value);
    }
    order_ = 0;
    counts_.clear();
  }

  const std::string database_;
  connectors::MariaDbSource source_;
  KafkaPeer& peer_;
  const std::string prefix_;
  const bool marks_;
  std::set<std::string> topics_;
  std::map<std::string, std::int64_t> published_;
  std::uint64_t transactions_ = 0;
  std::uint64_t at_ = 0, order_ = 0;             // of the transaction that is being read
  std::map<std::string, std::uint64_t> counts_;  // its events by collection
};

}  // namespace test
