#pragma once
// Rows of tables by SELECT, in chunks by key, at one place of the WAL.

#include <memory>
#include <string>
#include <vector>

#include "connectors/postgres/connection.h"
#include "connectors/postgres/lsn.h"
#include "connectors/row_change.h"

namespace connectors::postgres {

/// One snapshot of the database, exactly as of position(): the server makes it together with a temporary replication slot, which is the only way
/// to have both. Reading a snapshot and the WAL's end one after the other would not do: a transaction becomes visible a while after its commit is in the WAL.
///
/// It holds back the server's vacuum while it lives, so it should not live long. Takes a replication slot and a walsender of the server.
/// Threads, blocking, errors: as Connection.
class ChunkReader {
 public:
  static engine::Result<std::unique_ptr<ChunkReader>> open(const PostgresOptions& options, StopSignal& stop);

  /// Every transaction whose commit ends at or before this place is in the rows, and no other.
  Lsn position() const { return position_; }
  struct Rows {
    std::vector<Row> rows;
    bool last = false;
  };
  /// Up to `max_rows` rows with a key above `after` (empty: from the start). A table without a key comes whole.
  engine::Result<Rows> read(const Table& table, const Row& after, std::size_t max_rows);
  unsigned chunks_read() const { return chunks_; }

 private:
  ChunkReader(std::unique_ptr<Connection> connection, const PostgresOptions& options) : connection_(std::move(connection)), options_(options) {}
  engine::Result<void> begin();

  std::unique_ptr<Connection> connection_;
  const PostgresOptions& options_;
  Lsn position_ = 0;
  unsigned chunks_ = 0;
};

/// The SELECT of one chunk.
std::string chunk_query(const PostgresOptions& options, const Table& table, const Row& after, std::size_t max_rows);

}  // namespace connectors::postgres
