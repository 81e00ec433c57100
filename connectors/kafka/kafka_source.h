#pragma once
// Topics of Debezium as a source.

#include <memory>

#include "connectors/kafka/kafka_options.h"
#include "connectors/source.h"
#include "engine/base/clock.h"

namespace connectors {

/// Reads every captured table's topic, all partitions, assigned by hand: where to read on is stored with the changes, so there is no consumer group whose rebalances or commits
/// could disagree with it. Partitions and topics that are added later are found within half a minute and read from their beginning.
///
/// Positions: the next offset of each partition; `sequence` counts records. Rows come in the stream (Source::rows_come_in_stream): Debezium's snapshot is the beginning of the
/// topics, which therefore have to be kept whole (cleanup.policy=compact, or no retention).
///
/// Threads, blocking, errors: as Source says. kUnavailable: no broker can be reached; kConflict: an offset is gone or the topics were made anew; kUnsupported: a refused
/// login, a missing permission, a topic without its beginning, a record we cannot read (the detail names topic, partition and offset); kMalformed: a damaged record.
class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaSourceOptions options, const engine::Clock& clock);
  ~KafkaSource() override;
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override;
  engine::Result<std::optional<Slice>> next(std::chrono::milliseconds patience) override;
  feed::SourcePosition position() const override;
  bool reached(const feed::SourcePosition& position) const override;
  bool at_end() const override;
  engine::Result<std::vector<Table>> describe(const std::vector<std::string>& tables) override;
  engine::Result<std::vector<std::string>> tables() override;
  engine::Result<std::vector<ForeignKey>> foreign_keys() override;
  engine::Result<Chunk> read_chunk(const Table& table, const Row& after, std::size_t max_rows) override;
  bool rows_come_in_stream() const override { return true; }
  void already_logged(const feed::SourcePosition& position) override;
  void stop() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace connectors
