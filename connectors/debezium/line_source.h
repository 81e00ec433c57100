#pragma once
// Lines of Debezium envelopes as a source: a file that was consumed from a topic, or what another program writes.

#include <atomic>
#include <condition_variable>
#include <istream>
#include <mutex>

#include "connectors/debezium/envelope.h"
#include "connectors/source.h"

namespace connectors {

/// How far the reading is; shared by the sources of one import and whoever watches. Threads: any.
struct LineProgress {
  std::atomic<std::uint64_t> lines{0};  ///< read so far, those passed over included
  std::atomic<bool> ended{false};       ///< the input ends there
};

/// Consecutive lines of one source transaction are one transaction here. Empty lines are passed over.
///
/// Positions: the number of lines taken and a mark of the input (over its first line); a position of another input means that this one is read from its first line,
/// with sequence numbers going on. `sequence` counts lines.
/// Threads, blocking, errors: as Source says; kMalformed and kUnsupported name the line. Nothing of a line that is refused, or of one behind it, was handed out.
class LineSource final : public Source {
 public:
  /// `input` stands at its beginning; it is read once, so a source serves one connect(position). References outlive the source.
  LineSource(std::istream& input, const DeclaredSchema& schema, DebeziumModes modes, std::string table_prefix, LineProgress& progress);

  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override;
  engine::Result<std::optional<Slice>> next(std::chrono::milliseconds patience) override;
  feed::SourcePosition position() const override { return position_; }
  bool reached(const feed::SourcePosition& position) const override;
  bool at_end() const override { return progress_.ended && !held_; }
  engine::Result<std::vector<Table>> describe(const std::vector<std::string>& tables) override;
  engine::Result<std::vector<std::string>> tables() override;
  engine::Result<std::vector<ForeignKey>> foreign_keys() override { return schema_.keys; }
  engine::Result<Chunk> read_chunk(const Table& table, const Row& after, std::size_t max_rows) override;
  bool rows_come_in_stream() const override { return true; }
  void stop() override;

 private:
  engine::Result<std::optional<DebeziumRecord>> next_record();
  bool next_line();
  feed::SourcePosition at_line(std::uint64_t line) const;

  std::istream& input_;
  const DeclaredSchema& schema_;
  EnvelopeDecoder decoder_;
  const std::string table_prefix_;
  LineProgress& progress_;
  std::string line_;
  bool peeked_ = false;                   // line_ is the first one, not taken yet
  std::string mark_;
  std::uint64_t line_number_ = 0;
  std::uint64_t sequence_base_ = 0;       // sequence - line
  std::optional<DebeziumRecord> held_;    // of the next transaction
  feed::SourcePosition position_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
};

}  // namespace connectors
