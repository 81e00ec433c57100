#pragma once
// Whether an update changes what somebody reads of its row. Part of MappingSession.

#include <cstdint>
#include <set>
#include <string>

#include "connectors/row_change.h"

namespace connectors {

/// Cells by their place in the row. The last bit stands for every cell from there on: who reads one of those sees a change of any.
using CellBits = std::uint64_t;

/// Which cells an update changes.
CellBits changed_cells(const RowChange& update);

/// Columns by name, found in the shape the rows have.
class ReadColumns {
 public:
  explicit ReadColumns(const std::set<std::string>& columns);
  /// Is one of them among the `changed` cells of a row of this shape?
  bool among(CellBits changed, const TablePtr& shape);

 private:
  std::set<std::string> names_;  // lower case
  TablePtr shape_;               // that bits_ are of
  CellBits bits_ = 0;
};

}  // namespace connectors
