#pragma once
// The partitions of some topics, read into one queue.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/kafka_position.h"

namespace connectors {

struct PartitionEnds {
  std::int64_t first = 0;  ///< offset of the oldest record there is
  std::int64_t end = 0;    ///< one past the newest
};

/// Threads: one. Blocking: what asks brokers, at most `timeout` a question. Errors: kafka_failure(), kConflict for an offset that is gone.
class TopicReader {
 public:
  TopicReader(KafkaClient& client, std::chrono::milliseconds timeout) : client_(client), timeout_(timeout), queue_(rd_kafka_queue_new(client.handle())) {}
  ~TopicReader();
  TopicReader(const TopicReader&) = delete;
  TopicReader& operator=(const TopicReader&) = delete;

  /// For a topic that exists and whose partitions are not known now (it elects its leaders).
  static constexpr std::int32_t kNoAnswer = -1;
  /// Number of partitions of every topic the client may see, or kNoAnswer.
  engine::Result<std::map<std::string, std::int32_t>> topics();
  /// In the order of `places`.
  engine::Result<std::vector<PartitionEnds>> ends(const std::vector<TopicPartition>& places);
  /// Begins to read; `tag` comes back with every record.
  engine::Result<void> start(const TopicPartition& place, std::int64_t offset, std::size_t tag);
  void pause(std::size_t tag);
  void resume(std::size_t tag);
  bool paused(std::size_t tag) const { return places_[tag].paused; }

  struct Record {
    std::size_t tag = 0;
    std::int64_t offset = 0;
    std::string_view key;
    std::string_view value;
    bool no_value = false;   ///< a tombstone
    bool end = false;        ///< no record: the partition's end was reached
  };
  /// Waits at most `patience` for the first record and hands over what is there, at most `most`. Views are good during the call of `each`.
  engine::Result<void> read(std::chrono::milliseconds patience, std::size_t most, const std::function<engine::Result<void>(const Record&)>& each);
  /// What the broker last said is read: nothing is behind `next`.
  bool drained(std::size_t tag, std::int64_t next) const;

 private:
  struct Place {
    TopicPartition place;
    rd_kafka_topic_t* topic = nullptr;
    bool paused = false;
  };
  void set_paused(std::size_t tag, bool paused);

  KafkaClient& client_;
  const std::chrono::milliseconds timeout_;
  rd_kafka_queue_t* queue_;
  std::vector<Place> places_;                                                  // by tag
  std::map<std::string, rd_kafka_topic_t*> open_;
  std::map<std::pair<rd_kafka_topic_t*, std::int32_t>, std::size_t> tags_;
  std::vector<rd_kafka_message_t*> messages_;
};

}  // namespace connectors
