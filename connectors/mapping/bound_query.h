#pragma once
// A query of a mapping on a connection: its parameters are bound by name, its errors name its file. Part of MappingSession.

#include <map>
#include <string>
#include <vector>

#include "connectors/mapping/mapping.h"
#include "connectors/mirror/statement.h"

namespace connectors {

/// Values of settings and parameters by name.
using NamedValues = std::map<std::string, Cell>;

class BoundQuery {
 public:
  BoundQuery() = default;
  /// `values` must outlive the query; it reads them at each bind().
  static engine::Result<BoundQuery> prepare(sqlite3* db, const MappingQuery& query, const std::string& sql, const NamedValues& values);

  /// Makes ready to run: settings and parameters are bound, the others are NULL until set() or set_row(). What is set must live until rewind().
  void start();
  void set(std::string_view name, const Cell& value);
  /// Binds every :row_<column>.
  void set_row(const Table& table, const Row& row);
  engine::Result<bool> step();
  void rewind() { statement_.reset(); }
  const Statement& row() const { return statement_; }

 private:
  struct Place {
    int index = 0;
    std::string name;
    const Cell* value = nullptr;  // of a setting or parameter
    std::string column;           // lower case; of :row_<column>
    std::size_t at = 0;           // where it is in resolved_for_
  };
  Statement statement_;
  std::vector<Place> places_;
  const Table* resolved_for_ = nullptr;
  std::string where_;
};

/// A text cell for ids: a number where the text is a decimal integer, so that it equals integer columns.
Cell id_cell(const std::string& id);

}  // namespace connectors
