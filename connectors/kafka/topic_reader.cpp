#include "connectors/kafka/topic_reader.h"

#include <algorithm>

namespace connectors {

using engine::Errc;
using engine::Result;

namespace {

std::string named(const TopicPartition& place) { return "topic " + place.topic + ", partition " + std::to_string(place.partition); }

}  // namespace

TopicReader::~TopicReader() {
  for (const Place& place : places_) {
    if (place.topic) rd_kafka_consume_stop(place.topic, place.place.partition);
  }
  for (const auto& [name, topic] : open_) rd_kafka_topic_destroy(topic);
  rd_kafka_queue_destroy(queue_);
}

Result<std::map<std::string, std::int32_t>> TopicReader::topics() {
  const rd_kafka_metadata_t* metadata = nullptr;
  const auto error = rd_kafka_metadata(client_.handle(), 1, nullptr, &metadata, static_cast<int>(timeout_.count()));
  client_.poll(std::chrono::milliseconds(0));  // reasons come as callbacks
  if (client_.trouble().refused) return client_.refusal();
  if (error) return kafka_failure(error, "the brokers do not tell their topics: " + client_.trouble().reason());
  std::map<std::string, std::int32_t> found;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const auto& topic = metadata->topics[i];
    if (topic.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) found[topic.topic] = topic.err ? kNoAnswer : topic.partition_cnt;
  }
  rd_kafka_metadata_destroy(metadata);
  return found;
}

// Two questions to each leader for all its partitions; asked one by one, a hundred of them take seconds.
Result<std::vector<PartitionEnds>> TopicReader::ends(const std::vector<TopicPartition>& places) {
  std::vector<PartitionEnds> all(places.size());
  if (places.empty()) return all;
  for (const auto which : {RD_KAFKA_OFFSET_BEGINNING, RD_KAFKA_OFFSET_END}) {
    auto* list = rd_kafka_topic_partition_list_new(static_cast<int>(places.size()));
    for (const auto& place : places) rd_kafka_topic_partition_list_add(list, place.topic.c_str(), place.partition)->offset = which;
    auto error = rd_kafka_offsets_for_times(client_.handle(), list, static_cast<int>(timeout_.count()));
    std::string where = "offsets of partitions";
    for (std::size_t i = 0; !error && i < places.size(); ++i) {
      const auto* found = rd_kafka_topic_partition_list_find(list, places[i].topic.c_str(), places[i].partition);
      error = found ? found->err : RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
      if (error) where = named(places[i]);
      else (which == RD_KAFKA_OFFSET_BEGINNING ? all[i].first : all[i].end) = found->offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (error) return kafka_failure(error, where);
  }
  return all;
}

Result<void> TopicReader::start(const TopicPartition& place, std::int64_t offset, std::size_t tag) {
  auto& topic = open_[place.topic];
  if (!topic) {
    auto* conf = rd_kafka_topic_conf_new();
    char why[256];
    // An offset that is gone must be heard of, not stepped over.
    if (rd_kafka_topic_conf_set(conf, "auto.offset.reset", "error", why, sizeof why) != RD_KAFKA_CONF_OK) return engine::fail(Errc::kUnsupported, why);
    topic = rd_kafka_topic_new(client_.handle(), place.topic.c_str(), conf);
    if (!topic) return kafka_failure(rd_kafka_last_error(), named(place));
  }
  if (rd_kafka_consume_start_queue(topic, place.partition, offset, queue_) != 0) return kafka_failure(rd_kafka_last_error(), named(place));
  places_.resize(std::max(places_.size(), tag + 1));
  places_[tag] = {place, topic, false};
  tags_[{topic, place.partition}] = tag;
  return engine::ok();
}

void TopicReader::set_paused(std::size_t tag, bool paused) {
  Place& place = places_[tag];
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, place.place.topic.c_str(), place.place.partition);
  (void)(paused ? rd_kafka_pause_partitions(client_.handle(), list) : rd_kafka_resume_partitions(client_.handle(), list));
  rd_kafka_topic_partition_list_destroy(list);
  place.paused = paused;
}

void TopicReader::pause(std::size_t tag) { set_paused(tag, true); }
void TopicReader::resume(std::size_t tag) { set_paused(tag, false); }

Result<void> TopicReader::read(std::chrono::milliseconds patience, std::size_t most, const std::function<Result<void>(const Record&)>& each) {
  client_.poll(std::chrono::milliseconds(0));
  messages_.resize(most);
  const auto count = rd_kafka_consume_batch_queue(queue_, static_cast<int>(patience.count()), messages_.data(), most);
  if (count < 0) return kafka_failure(rd_kafka_last_error(), "reading");
  Result<void> result = engine::ok();
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const auto& message = *messages_[i];
    const auto tag = tags_.find({message.rkt, message.partition});
    if (result && tag != tags_.end()) {
      if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        result = each({tag->second, message.offset, {}, {}, false, true});
      } else if (message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
        result = engine::fail(Errc::kConflict, named(places_[tag->second].place) + ": the offset to read on from is gone; retention removed it, or the topic was made anew");
      } else if (message.err) {
        result = kafka_failure(message.err, named(places_[tag->second].place));
      } else {
        result = each({tag->second, message.offset, {static_cast<const char*>(message.key), message.key_len}, {static_cast<const char*>(message.payload), message.len}, message.payload == nullptr, false});
      }
    }
    rd_kafka_message_destroy(messages_[i]);
  }
  if (result && count > 0) client_.trouble().all_brokers_down = false;
  return result;
}

bool TopicReader::drained(std::size_t tag, std::int64_t next) const {
  const Place& place = places_[tag];
  std::int64_t first = 0, end = RD_KAFKA_OFFSET_INVALID;
  if (rd_kafka_get_watermark_offsets(client_.handle(), place.place.topic.c_str(), place.place.partition, &first, &end)) return false;
  return end >= 0 && next >= end;
}

}  // namespace connectors
