#include "connectors/postgres/chunk_reader.h"

#include <charconv>

#include "connectors/postgres/cell_form.h"
#include "engine/base/text_codec.h"

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

std::string literal(const Column& column, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    const auto digits = std::to_string(*number);
    if (column.kind == Column::Kind::kDecimal) return "(" + digits + "::numeric * 1e-" + std::to_string(column.scale) + ")";
    if (form_of(column.source_type) == Form::kBits) return digits + "::bigint::" + column.source_type;
    return quoted(digits);
  }
  if (const auto* real = std::get_if<double>(&cell)) {
    char text[40];
    return quoted({text, std::to_chars(text, text + sizeof text, *real).ptr});
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return quoted(*text);
  if (const auto* bytes = std::get_if<Bytes>(&cell)) return "'\\x" + engine::to_hex(bytes->data) + "'";
  return "NULL";
}

}  // namespace

std::string chunk_query(const PostgresOptions& options, const Table& table, const Row& after, std::size_t max_rows) {
  std::string columns, key, values;
  for (const auto& column : table.columns) columns.append(columns.empty() ? "" : ",").append(quoted_name(column.name));
  for (std::size_t i = 0; i < table.primary_key.size(); ++i) {
    const auto& column = table.columns[table.primary_key[i]];
    key.append(key.empty() ? "" : ",").append(quoted_name(column.name));
    if (i < after.size()) values.append(values.empty() ? "" : ",").append(literal(column, after[i]));
  }
  std::string sql = "SELECT " + columns + " FROM " + quoted_name(options.schema) + "." + quoted_name(options.table_prefix + table.name);
  if (!values.empty()) sql += " WHERE (" + key + ") > (" + values + ")";
  if (!key.empty()) sql += " ORDER BY " + key + " LIMIT " + std::to_string(max_rows + 1);
  return sql;
}

Result<std::unique_ptr<ChunkReader>> ChunkReader::open(const PostgresOptions& options, StopSignal& stop) {
  auto connection = Connection::open(options, stop, Connection::Purpose::kReplication);
  if (!connection) return connection.take_error();
  std::unique_ptr<ChunkReader> reader(new ChunkReader(std::move(*connection), options));
  if (auto begun = reader->begin(); !begun) return begun.take_error();
  return reader;
}

Result<void> ChunkReader::begin() {
  if (auto begun = connection_->execute("BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"); !begun) return begun;
  constexpr std::size_t kLongestName = 63;
  const auto suffix = "_chunk_" + std::to_string(connection_->backend());
  const auto name = options_.slot.substr(0, kLongestName - suffix.size()) + suffix;
  auto made = connection_->query("CREATE_REPLICATION_SLOT " + quoted_name(name) + " TEMPORARY LOGICAL pgoutput (SNAPSHOT 'use')");
  if (!made) return made.take_error();
  if (made->empty() || made->front().size() < 2) return fail(Errc::kMalformed, "the server tells no place of its snapshot");
  auto position = parse_lsn(made->front()[1].value_or(""));
  if (!position) return position.take_error();
  position_ = *position;
  return engine::ok();
}

Result<ChunkReader::Rows> ChunkReader::read(const Table& table, const Row& after, std::size_t max_rows) {
  std::vector<Form> forms;
  for (const auto& column : table.columns) forms.push_back(form_of(column.source_type));
  Rows out;
  auto done = connection_->query_rows(chunk_query(options_, table, after, max_rows), [&](Connection::RowView texts) {
    auto& row = out.rows.emplace_back(table.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (const auto text = texts[i]) row[i] = cell_from_text(forms[i], table.columns[i], *text);
    }
  });
  if (!done) return done.take_error();
  out.last = table.primary_key.empty() || out.rows.size() <= max_rows;
  if (!out.last) out.rows.pop_back();
  ++chunks_;
  return out;
}

}  // namespace connectors::postgres
