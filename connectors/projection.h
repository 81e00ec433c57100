#pragma once
// Rows as the source has them become rows as the mirror keeps them: only the columns somebody reads, and whole.

#include <map>
#include <optional>
#include <set>
#include <string>

#include "connectors/mirror/mirror.h"
#include "connectors/row_change.h"

namespace connectors {

/// `full` with only its primary key and the columns of `wanted` (compared without case). A table without a primary key stays whole: its row is its key.
Table narrowed(const Table& full, const std::set<std::string>& wanted);

/// True where the alteration may have changed what the mirror keeps of a table: cells of its columns, or the rows that a foreign key of it cascades to.
bool touches(const Alteration& alteration, const Table& mirrored);

/// Finds columns by name, once per shape of the source, so a column that is added or dropped in mid-stream and that nobody reads goes unnoticed.
/// What the source left out of a row (RowChange::key_only, unchanged) comes from the mirror's row, so project a change before it is applied.
/// Threads: the mirror's. Make a new one after the mirror's tables were defined anew.
class Projection {
 public:
  /// What a column means that the mirror has and the row lacks, and a row that the source takes for known and the mirror does not have. kNull: it
  /// is being copied and comes again.
  enum class Absent { kConflict, kNull };
  explicit Projection(Mirror& mirror, Absent absent = Absent::kConflict) : mirror_(&mirror), absent_(absent) {}

  /// nullopt: the table is not mirrored, the update leaves every mirrored column as it was, or the row to delete is not there.
  /// kConflict: the mirror's column is missing in the row, or of another kind, or the mirror lacks the row: the table must be read again.
  /// kUnsupported: the mirror lacks the row of an update that stands alone and is not whole.
  /// Else the mirror's errors.
  engine::Result<std::optional<RowChange>> project(const RowChange& change);

 private:
  struct Plan {
    TablePtr from;                     // kept alive, so that its address stays its own
    TablePtr to;                       // nullptr: not mirrored
    std::vector<std::int64_t> columns;  // of `to`, as an index into `from`; -1: absent
    std::string trouble;               // why there is none
  };
  const Plan& plan(const TablePtr& from);
  engine::Result<bool> complete(RowChange& change);

  Mirror* mirror_;
  Absent absent_;
  std::map<const Table*, Plan> plans_;
};

}  // namespace connectors
