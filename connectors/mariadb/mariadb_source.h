#pragma once
// A MariaDB database as a source: its binlog as a stream of transactions, its tables in chunks.

#include <memory>

#include "connectors/mariadb/mariadb_options.h"
#include "connectors/source.h"

namespace connectors {

/// Reads the binlog the way a replica does (GTID, so a rotation or a purge of older files does not matter) and tables by
/// SELECT on a second connection. Needs binlog_format=ROW, binlog_row_image=FULL and the privileges doctor.h names.
///
/// Positions: `token` is a printable text (server id, GTID set, binlog file and offset) for this class only; `sequence` counts every
/// transaction of the server, captured or not, from the one given to connect(). A token of read_chunk has no sequence.
///
/// A prepared XA transaction is held in memory until its commit; where its prepare lies before the position given to connect(),
/// its commit is kConflict, because its rows can no longer be had.
///
/// Threads, blocking, errors: as Source says. A prolonged silence of the server (three heartbeats) is kUnavailable.
class MariaDbSource final : public Source {
 public:
  explicit MariaDbSource(MariaDbOptions options);
  ~MariaDbSource() override;
  MariaDbSource(const MariaDbSource&) = delete;
  MariaDbSource& operator=(const MariaDbSource&) = delete;

  engine::Result<void> connect(const std::optional<feed::SourcePosition>& from) override;
  engine::Result<std::optional<Slice>> next(std::chrono::milliseconds patience) override;
  feed::SourcePosition position() const override;
  bool reached(const feed::SourcePosition& position) const override;
  bool at_end() const override;
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
