#include "connectors/postgres/schema_reader.h"

#include <algorithm>
#include <charconv>

#include "connectors/postgres/cell_form.h"

namespace connectors::postgres {

using engine::Result;

namespace {

template <class Number>
Number number(const std::optional<std::string_view>& text) {
  Number value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

// A domain leads to the type it is made of; the modifier is the column's, else the domain's.
constexpr const char* kBaseType = R"(
  WITH RECURSIVE base(oid, modifier) AS (
      SELECT %TYPE%::oid, %MODIFIER%::int
    UNION ALL
      SELECT t.typbasetype, CASE WHEN base.modifier >= 0 THEN base.modifier ELSE t.typtypmod END
        FROM base JOIN pg_catalog.pg_type t ON t.oid = base.oid WHERE t.typtype = 'd')
  SELECT pg_catalog.format_type(base.oid, base.modifier) FROM base JOIN pg_catalog.pg_type t ON t.oid = base.oid WHERE t.typtype <> 'd')";

std::string base_type(const std::string& type, const std::string& modifier) {
  std::string sql = kBaseType;
  sql.replace(sql.find("%TYPE%"), 6, type);
  sql.replace(sql.find("%MODIFIER%"), 10, modifier);
  return sql;
}

// One row a column, tables together, columns in their order; the last is the column's place in the key, from 1.
std::string columns_query(const PostgresOptions& options, const std::vector<std::string>& tables) {
  return "SELECT c.relname, c.oid, pg_catalog.pg_relation_filenode(c.oid), c.relreplident, a.attname, a.atttypid, a.atttypmod, a.attnum, (" +
         base_type("a.atttypid", "a.atttypmod") +
         "), pg_catalog.array_position(i.indkey::int2[], a.attnum) - pg_catalog.array_lower(i.indkey::int2[], 1) + 1"
         " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
         " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND CASE c.relreplident WHEN 'i' THEN i.indisreplident ELSE i.indisprimary END"
         " WHERE c.relkind IN ('r', 'p') AND n.nspname = " + quoted(options.schema) + " AND c.relname IN (" +
         literal_list(tables, options.table_prefix) + ") ORDER BY c.relname, a.attnum";
}

}  // namespace

std::string literal_list(const std::vector<std::string>& names, const std::string& prefix) {
  std::string out;
  for (const auto& name : names) out.append(out.empty() ? "" : ",").append(quoted(prefix + name));
  return out.empty() ? "''" : out;
}

Result<std::vector<TableShape>> SchemaReader::read(const std::vector<std::string>& tables) {
  std::vector<TableShape> shapes;
  std::vector<std::pair<int, std::uint32_t>> key;  // place in the key, column
  const auto close = [&] {
    std::sort(key.begin(), key.end());
    for (const auto& [place, column] : key) shapes.back().table.primary_key.push_back(column);
    key.clear();
  };
  auto done = connection_->query_rows(columns_query(options_, tables), [&](Connection::RowView row) {
    const auto name = row[0].value_or("").substr(options_.table_prefix.size());
    if (shapes.empty() || shapes.back().table.name != name) {
      if (!shapes.empty()) close();
      auto& shape = shapes.emplace_back();
      shape.table.name = name;
      shape.id = number<std::uint32_t>(row[1]);
      shape.file = number<std::uint32_t>(row[2]);
      shape.identity = row[3].value_or("d").front();
    }
    auto& shape = shapes.back();
    if (row[9]) key.emplace_back(number<int>(row[9]), static_cast<std::uint32_t>(shape.attributes.size()));
    shape.attributes.push_back({std::string(row[4].value_or("")), number<std::uint32_t>(row[5]), number<std::int32_t>(row[6]), number<std::int32_t>(row[7])});
    shape.table.columns.push_back(column_of(shape.attributes.back().name, std::string(row[8].value_or(""))));
  });
  if (!done) return done.take_error();
  if (!shapes.empty()) close();
  return shapes;
}

Result<std::vector<std::string>> SchemaReader::tables() {
  std::vector<std::string> out;
  auto done = connection_->query_rows(
      "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND n.nspname = " +
          quoted(options_.schema) + " ORDER BY 1",
      [&](Connection::RowView row) {
        const auto name = row[0].value_or("");
        if (name.starts_with(options_.table_prefix)) out.emplace_back(name.substr(options_.table_prefix.size()));
      });
  if (!done) return done.take_error();
  return out;
}

Result<std::string> SchemaReader::type_text(std::uint32_t type, std::int32_t modifier) {
  if (auto known = builtin_type(type, modifier); !known.empty()) return known;
  const auto found = types_.find({type, modifier});
  if (found != types_.end()) return found->second;
  auto text = connection_->value(base_type(std::to_string(type), std::to_string(modifier)));
  if (!text) return text.take_error();
  return types_[{type, modifier}] = *text;
}

}  // namespace connectors::postgres
