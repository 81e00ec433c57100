#include "connectors/mapping/read_columns.h"

#include <algorithm>

#include "connectors/mirror/statement.h"

namespace connectors {
namespace {

CellBits bit_of(std::size_t place) { return CellBits{1} << std::min<std::size_t>(place, 63); }

}  // namespace

CellBits changed_cells(const RowChange& update) {
  if (update.before.size() != update.after.size()) return ~CellBits{0};
  CellBits changed = 0;
  for (std::size_t i = 0; i < update.after.size(); ++i) {
    if (update.before[i] != update.after[i]) changed |= bit_of(i);
  }
  return changed;
}

ReadColumns::ReadColumns(const std::set<std::string>& columns) {
  for (const auto& column : columns) names_.insert(lower(column));
}

bool ReadColumns::among(CellBits changed, const TablePtr& shape) {
  if (shape_ != shape) {
    bits_ = 0;
    for (std::size_t i = 0; i < shape->columns.size(); ++i) {
      if (names_.contains(lower(shape->columns[i].name))) bits_ |= bit_of(i);
    }
    shape_ = shape;
  }
  return (bits_ & changed) != 0;
}

}  // namespace connectors
