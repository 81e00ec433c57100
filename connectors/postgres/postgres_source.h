#pragma once
// A PostgreSQL database as a source: its WAL through a replication slot as a stream of transactions, its tables in chunks.

#include <memory>

#include "connectors/postgres/postgres_options.h"
#include "connectors/source.h"

namespace connectors {

/// Reads a logical replication slot (pgoutput, protocol 1) and tables by SELECT. Slot and publication are created where they are missing and we may; else the
/// error names the SQL. Needs wal_level=logical and what doctor.h names.
///
/// Positions: `token` is a printable text (cluster, timeline, place in the WAL) for this class only; `sequence` grows with every byte of WAL
/// from the one given to connect(). Another cluster, another timeline, a slot that is gone, was read by somebody else or has lost WAL: kConflict.
///
/// Rows: an update that leaves the key alone has only the key's cells before it, and large values that it left alone are not sent
/// (RowChange::key_only, unchanged), unless the table's replica identity is FULL.
///
/// Threads, blocking, errors: as Source says. A prolonged silence of the server (three heartbeats) is kUnavailable.
class PostgresSource final : public Source {
 public:
  explicit PostgresSource(PostgresOptions options);
  ~PostgresSource() override;
  PostgresSource(const PostgresSource&) = delete;
  PostgresSource& operator=(const PostgresSource&) = delete;

  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override;
  engine::Result<std::optional<Slice>> next(std::chrono::milliseconds patience) override;
  feed::SourcePosition position() const override;
  bool reached(const feed::SourcePosition& position) const override;
  bool at_end() const override;
  bool waits_for_acknowledgement() const override { return true; }
  engine::Result<void> acknowledge(const feed::SourcePosition& durable) override;
  engine::Result<std::vector<Table>> describe(const std::vector<std::string>& tables) override;
  engine::Result<std::vector<std::string>> tables() override;
  engine::Result<std::vector<ForeignKey>> foreign_keys() override;
  engine::Result<Chunk> read_chunk(const Table& table, const Row& after, std::size_t max_rows) override;
  void stop() override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace connectors
