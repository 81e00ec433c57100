#pragma once
// Debezium's change events in JSON, as rows in the one normalised form.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/debezium/encoding.h"

namespace connectors {

struct DebeziumRecord {
  RowChange row;
  bool snapshot = false;             ///< read by Debezium's snapshot, not from the log
  engine::WallTime commit_time{};    ///< of the source's transaction; the epoch where it is not said
  std::string transaction;           ///< the source's id of it (transaction metadata, else GTID or transaction number); empty: not said
  /// Place in the database's log (number of the binlog file and position in it; LSN): what orders records of different topics. Zero: not said.
  std::uint64_t log_file = 0, log_position = 0;
  std::uint64_t order = 0;           ///< place in its transaction, from 1; 0: there is no transaction metadata
};

/// A record of the transaction topic (provide.transaction.metadata).
struct TransactionMark {
  bool end = false;
  std::string id;
  std::uint64_t events = 0;          ///< of the whole transaction, tables that are not captured included; only where `end`
  struct Collection {
    std::string name;                ///< "database.table" or "schema.table"
    std::uint64_t events = 0;
  };
  std::vector<Collection> collections;
};

/// Decodes values of one source's records, with and without the schema beside the payload. Operations c, u, d, r and t.
///
/// A column that the record lacks is null where the schema declares it nullable (it was added later), and kMalformed otherwise; fields that are not declared are
/// passed over. What PostgreSQL does not log comes as RowChange::key_only, unchanged and stands_alone; of its deletes only the key is taken.
/// Threads: one. Pure: no I/O; keeps buffers and the plan of the last schema of each table.
/// Errors: kMalformed (no JSON, no envelope, a value that does not fit its column; the detail names table and column, never a value),
/// kUnsupported (an update or delete without the row's former state and key, a create with a value left out, a logical type we do not know).
class EnvelopeDecoder {
 public:
  /// `schema` outlives the decoder.
  EnvelopeDecoder(const DeclaredSchema& schema, DebeziumModes modes);
  ~EnvelopeDecoder();
  EnvelopeDecoder(EnvelopeDecoder&&) noexcept;

  /// `table`: whose record it is; nullptr: source.table says so, without `table_prefix`. nullopt: nothing about rows of declared tables (a heartbeat, a
  /// message, a schema change, a table that is not declared, a tombstone).
  engine::Result<std::optional<DebeziumRecord>> decode(std::string_view value, const DeclaredTable* table, std::string_view table_prefix = {});

  /// The key of a record whose value is gone (a tombstone) as the row that is deleted (RowChange::key_only). nullopt: the key does not hold the primary key.
  engine::Result<std::optional<RowChange>> decode_tombstone(std::string_view key, const DeclaredTable& table);

  engine::Result<TransactionMark> decode_mark(std::string_view value);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace connectors
