#include "connectors/kafka/kafka_position.h"

#include <charconv>

namespace connectors {
namespace {

constexpr std::string_view kBegin = "kafka";

template <class Number>
bool number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && into >= 0;
}

/// What stands before `mark`; `rest` goes behind it.
std::string_view before(std::string_view& rest, char mark) {
  const auto at = rest.find(mark);
  const auto head = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
  return head;
}

}  // namespace

std::string print_offsets(const KafkaOffsets& offsets) {
  std::string out(kBegin);
  const std::string* topic = nullptr;
  for (const auto& [place, offset] : offsets) {
    out += topic && *topic == place.topic ? "," : ";" + place.topic + ":";
    out += std::to_string(place.partition) + "=" + std::to_string(offset);
    topic = &place.topic;
  }
  return out;
}

std::optional<KafkaOffsets> parse_offsets(std::string_view token) {
  if (before(token, ';') != kBegin) return std::nullopt;
  KafkaOffsets offsets;
  while (!token.empty()) {
    auto list = before(token, ';');
    const std::string topic(before(list, ':'));
    if (topic.empty() || list.empty()) return std::nullopt;
    while (!list.empty()) {
      auto pair = before(list, ',');
      TopicPartition place{topic, 0};
      std::int64_t offset = 0;
      if (!number(before(pair, '='), place.partition) || !number(pair, offset)) return std::nullopt;
      offsets[place] = offset;
    }
  }
  return offsets;
}

}  // namespace connectors
