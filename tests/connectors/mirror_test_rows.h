#pragma once
// Short ways to write tables and rows in tests.

#include <memory>
#include <string>
#include <vector>

#include "connectors/row_change.h"

namespace test {

inline connectors::TablePtr table(const std::string& name, const std::vector<std::string>& columns, std::vector<std::uint32_t> key = {0}) {
  using Kind = connectors::Column::Kind;
  auto made = std::make_shared<connectors::Table>();
  made->name = name;
  made->primary_key = std::move(key);
  for (const auto& column : columns) {
    const auto colon = column.find(':');
    const auto type = colon == std::string::npos ? "int" : column.substr(colon + 1);
    connectors::Column shape{column.substr(0, colon), Kind::kInteger, 0, type};
    if (type == "text") shape.kind = Kind::kText;
    if (type == "instant") shape.kind = Kind::kInstant;
    if (type == "money") shape = {shape.name, Kind::kDecimal, 4, "decimal(14,4)"};
    made->columns.push_back(shape);
  }
  return made;
}

inline connectors::Cell text(std::string value) { return value; }
inline connectors::Cell number(std::int64_t value) { return value; }
inline connectors::Cell null() { return std::monostate{}; }

inline connectors::RowChange inserted(const connectors::TablePtr& table, connectors::Row row) {
  return {table, connectors::RowChange::Kind::kInsert, {}, std::move(row), true};
}
inline connectors::RowChange updated(const connectors::TablePtr& table, connectors::Row before, connectors::Row after) {
  return {table, connectors::RowChange::Kind::kUpdate, std::move(before), std::move(after), true};
}
inline connectors::RowChange deleted(const connectors::TablePtr& table, connectors::Row row) {
  return {table, connectors::RowChange::Kind::kDelete, std::move(row), {}, true};
}

}  // namespace test
