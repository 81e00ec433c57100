#include "connectors/mariadb/chunk_reader.h"

#include <charconv>

#include "connectors/mariadb/cell_text.h"
#include "engine/base/text_codec.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

/// What to select so that the text protocol shows the value itself: FLOAT would be rounded, BIT would be bytes.
std::string selected(const Column& column) {
  const auto name = quoted_name(column.name);
  if (column.kind == Column::Kind::kReal) return "CAST(" + name + " AS DOUBLE)";
  if (column.source_type.starts_with("bit")) return name + "+0";
  return name;
}

/// What to order and compare by: ENUM and SET sort by number but compare with a text by their words.
std::string ordered(const Column& column) {
  const auto name = quoted_name(column.name);
  const bool words = column.source_type.starts_with("enum") || column.source_type.starts_with("set");
  return words ? "CAST(" + name + " AS CHAR)" : name;
}

std::string with_point(std::int64_t number, unsigned scale) {
  std::string digits = std::to_string(number);
  const std::size_t sign = number < 0;
  if (digits.size() - sign <= scale) digits.insert(sign, scale + 1 - (digits.size() - sign), '0');
  if (scale > 0) digits.insert(digits.size() - scale, ".");
  return digits;
}

std::string literal(const MariaDbConnection& connection, const Column& column, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    return column.kind == Column::Kind::kDecimal ? with_point(*number, column.scale) : std::to_string(*number);
  }
  if (const auto* real = std::get_if<double>(&cell)) {
    char text[40];
    return {text, std::to_chars(text, text + sizeof text, *real).ptr};
  }
  if (const auto* text = std::get_if<std::string>(&cell)) {
    const bool number = column.kind == Column::Kind::kInteger || column.kind == Column::Kind::kDecimal;
    return number ? *text : connection.quoted(*text);
  }
  if (const auto* bytes = std::get_if<Bytes>(&cell)) return "x'" + engine::to_hex(bytes->data) + "'";
  return "NULL";
}

}  // namespace

std::string chunk_query(const MariaDbConnection& connection, const MariaDbOptions& options, const Table& table, const Row& after,
                        std::size_t max_rows) {
  std::string columns, order, above, equal;
  for (const auto& column : table.columns) columns.append(columns.empty() ? "" : ",").append(selected(column));
  for (std::size_t i = 0; i < table.primary_key.size(); ++i) {
    const auto& column = table.columns[table.primary_key[i]];
    const auto by = ordered(column);
    order.append(order.empty() ? "" : ",").append(by);
    if (after.empty()) continue;
    const auto value = literal(connection, column, after[i]);
    above.append(above.empty() ? "(" : " OR (").append(equal).append(by).append(">").append(value).append(")");
    equal.append(by).append("=").append(value).append(" AND ");
  }
  std::string sql = "SELECT " + columns + " FROM " + quoted_name(options.database) + "." + quoted_name(options.table_prefix + table.name);
  if (!above.empty()) sql += " WHERE " + above;
  if (!order.empty()) sql += " ORDER BY " + order + " LIMIT " + std::to_string(max_rows + 1);
  return sql;
}

Result<PositionedChunk> read_chunk(MariaDbConnection& connection, const MariaDbOptions& options, const Table& table, const Row& after,
                                   std::size_t max_rows) {
  if (auto begun = connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); !begun) return begun.take_error();
  if (auto begun = connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"); !begun) return begun.take_error();
  PositionedChunk out;
  auto status = connection.query("SHOW STATUS LIKE 'binlog_snapshot_%'");
  if (!status) return status.take_error();
  for (const auto& row : *status) {
    const auto& value = row[1].value_or("");
    if (row[0] == "Binlog_snapshot_file") out.position.file = value;
    if (row[0] == "Binlog_snapshot_position") std::from_chars(value.data(), value.data() + value.size(), out.position.offset);
  }
  if (out.position.file.empty()) return fail(Errc::kUnsupported, "the server tells no binlog position of a snapshot; switch log_bin on");
  auto read = connection.query_rows(chunk_query(connection, options, table, after, max_rows), [&](MariaDbConnection::RowView texts) {
    auto& row = out.rows.emplace_back(table.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (texts[i]) row[i] = cell_from_text(table.columns[i], *texts[i]);
    }
  });
  auto ended = connection.execute("COMMIT");
  if (!read) return read.take_error();
  if (!ended) return ended.take_error();
  out.last = table.primary_key.empty() || out.rows.size() <= max_rows;
  if (!out.last) out.rows.pop_back();
  return out;
}

}  // namespace connectors
