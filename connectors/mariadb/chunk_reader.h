#pragma once
// Rows of a table by SELECT, in chunks by primary key, each with the binlog position it belongs to.

#include "connectors/mariadb/binlog_position.h"
#include "connectors/mariadb/connection.h"
#include "connectors/source.h"

namespace connectors {

struct PositionedChunk {
  std::vector<Row> rows;
  bool last = false;
  BinlogPosition position;  ///< file and offset only
};

/// No lock: a consistent snapshot of InnoDB, whose place in the binlog MariaDB tells. Engines without transactions are read as they
/// are at that moment, and rows written meanwhile come again in the stream. Same errors as the connection; kNotFound: the table or a
/// column of it is gone since it was described.
engine::Result<PositionedChunk> read_chunk(MariaDbConnection& connection, const MariaDbOptions& options, const Table& table, const Row& after,
                                           std::size_t max_rows);

/// The SELECT of one chunk; `after` empty: from the start.
std::string chunk_query(const MariaDbConnection& connection, const MariaDbOptions& options, const Table& table, const Row& after,
                        std::size_t max_rows);

}  // namespace connectors
