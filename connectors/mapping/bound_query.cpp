#include "connectors/mapping/bound_query.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>

namespace connectors {

engine::Result<BoundQuery> BoundQuery::prepare(sqlite3* db, const MappingQuery& query, const std::string& sql, const NamedValues& values) {
  BoundQuery bound;
  bound.where_ = query.file + ":" + std::to_string(query.line);
  auto statement = Statement::prepare(db, sql);
  if (!statement) return engine::fail(statement.error().code, bound.where_ + ": " + statement.error().detail);
  bound.statement_ = std::move(*statement);
  for (int i = 1; i <= sqlite3_bind_parameter_count(bound.statement_.get()); ++i) {
    const char* spelled = sqlite3_bind_parameter_name(bound.statement_.get(), i);
    Place place;
    place.index = i;
    place.name = spelled == nullptr ? "" : spelled + 1;
    if (place.name.rfind("row_", 0) == 0) place.column = lower(std::string_view(place.name).substr(4));
    const auto value = values.find(place.name);
    if (value != values.end()) place.value = &value->second;
    bound.places_.push_back(std::move(place));
  }
  return bound;
}

void BoundQuery::start() {
  for (const Place& place : places_) {
    if (place.value != nullptr) statement_.bind(place.index, *place.value);
  }
}

void BoundQuery::set(std::string_view name, const Cell& value) {
  for (const Place& place : places_) {
    if (place.name == name) statement_.bind(place.index, value);
  }
}

void BoundQuery::set_row(const Table& table, const Row& row) {
  static const Cell kNull;
  if (resolved_for_ != &table) {
    for (Place& place : places_) {
      const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return lower(c.name) == place.column; });
      place.at = static_cast<std::size_t>(at - table.columns.begin());
    }
    resolved_for_ = &table;
  }
  for (const Place& place : places_) {
    if (!place.column.empty()) statement_.bind(place.index, place.at < row.size() ? row[place.at] : kNull);
  }
}

engine::Result<bool> BoundQuery::step() {
  auto more = statement_.step();
  if (!more) return engine::fail(more.error().code, where_ + ": " + more.error().detail);
  return more;
}

Cell id_cell(const std::string& id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool canonical = error == std::errc() && end == id.data() + id.size() && (id == "0" || (id[0] != '0' && id[0] != '-'));
  if (canonical) return number;
  return id;
}

}  // namespace connectors
