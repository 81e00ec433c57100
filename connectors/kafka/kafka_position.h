#pragma once
// Where a consumer stands: the next offset of every partition, as a source position's token.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace connectors {

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};
using KafkaOffsets = std::map<TopicPartition, std::int64_t>;

/// "kafka;topic:0=12,1=5;other:0=7". Names of topics hold none of these marks.
std::string print_offsets(const KafkaOffsets& offsets);
/// nullopt: another form, or a token of another source.
std::optional<KafkaOffsets> parse_offsets(std::string_view token);

}  // namespace connectors
