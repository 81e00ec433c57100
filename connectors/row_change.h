#pragma once
// What every connector yields and the mirror takes: row changes in one normalised form, whatever the database.

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/utc.h"
#include "feed/change_log.h"

namespace connectors {

/// One value, normalised the same way by every connector (design.md section 5):
/// null | integer, boolean as 0/1, DECIMAL(p,s) scaled by 10^s, YEAR, BIT | floating point |
/// text: strings, ENUM and SET as their words, JSON as text, dates "YYYY-MM-DD", times "[-]HHH:MM:SS[.f]", instants
/// "YYYY-MM-DD HH:MM:SS[.ffffff]" in UTC (zero fraction left out), UUID and INET in their printed form, integers and
/// decimals that do not fit 64 bits as decimal text | bytes: BINARY, VARBINARY, BLOB, GEOMETRY.
struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
using Cell = std::variant<std::monostate, std::int64_t, double, std::string, Bytes>;
using Row = std::vector<Cell>;

struct Column {
  enum class Kind : std::uint8_t { kInteger, kDecimal, kReal, kText, kBytes, kDate, kTime, kInstant, kJson };
  std::string name;
  Kind kind = Kind::kText;
  std::uint8_t scale = 0;      ///< kDecimal: digits behind the point
  std::string source_type;     ///< as the source spells it ("decimal(14,4)"), for messages and change detection
  friend bool operator==(const Column&, const Column&) = default;
};

/// A table as it is at one point of the stream. Immutable, shared by its row changes.
struct Table {
  std::string name;                        ///< without database and prefix, as mappings know it
  std::vector<Column> columns;             ///< in source order
  std::vector<std::uint32_t> primary_key;  ///< indexes into columns; empty: the whole row is the key
  friend bool operator==(const Table&, const Table&) = default;
};
using TablePtr = std::shared_ptr<const Table>;

/// One row of a source table inserted, updated or deleted: `before` for kUpdate and kDelete, `after` for kInsert and kUpdate. Both are whole, but for what a
/// source leaves out because its reader has it (PostgreSQL): Projection fills that in from the mirror.
struct RowChange {
  enum class Kind : std::uint8_t { kInsert, kUpdate, kDelete, kTruncate };
  TablePtr table;
  Kind kind = Kind::kInsert;
  Row before;
  Row after;
  bool cascades = true;  ///< false: the source wrote it with foreign key checks off, so nothing follows from it
  bool key_only = false;                 ///< `before` holds the cells of the table's key, all others are null
  std::vector<std::uint32_t> unchanged{};  ///< cells of `after` that were left out because the update left them alone; null
  bool stands_alone = false;             ///< this update may be all the source has of the row (a compacted topic): where nobody knows the row, it is its insert
};

/// An ALTER TABLE that keeps the table and its rows. `words`: every name and word of its clauses, without those that only say where a
/// column goes; a column that is not among them is as it was.
struct Alteration {
  std::string table;
  std::vector<std::string> words;
};

/// A part of one source transaction; most transactions are one slice. Slices of different transactions never interleave.
struct Slice {
  std::string transaction_id;            ///< the source's own id, e.g. GTID "0-1-42"
  engine::WallTime commit_time{};
  std::vector<RowChange> rows;
  std::vector<std::string> reshaped;     ///< captured tables whose shape changed here (DDL): re-read them before going on
  std::vector<Alteration> altered;       ///< captured tables altered in place: only what the words name can have changed in their rows
  bool last = true;                      ///< ends the transaction
  feed::SourcePosition position;         ///< behind this transaction; meaningful where `last`
};

/// One foreign key, for sources that do not log what it cascades (InnoDB).
struct ForeignKey {
  enum class Rule : std::uint8_t { kRestrict, kCascade, kSetNull, kNoAction, kSetDefault };
  std::string name;
  std::string table;    ///< the child
  std::vector<std::string> columns;
  std::string parent;
  std::vector<std::string> parent_columns;
  Rule on_delete = Rule::kRestrict;
  Rule on_update = Rule::kRestrict;
  friend bool operator==(const ForeignKey&, const ForeignKey&) = default;
};

}  // namespace connectors
