#include "connectors/mirror/row_codec.h"

#include <bit>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace connectors {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;

constexpr std::uint8_t kShapeVersion = 1;

void write_cell(ByteWriter& out, const Cell& cell) {
  out.big(static_cast<std::uint8_t>(cell.index()));
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) out.big(static_cast<std::uint64_t>(*integer));
  if (const auto* real = std::get_if<double>(&cell)) out.big(std::bit_cast<std::uint64_t>(*real));
  if (const auto* text = std::get_if<std::string>(&cell)) out.text(*text);
  if (const auto* bytes = std::get_if<Bytes>(&cell)) out.text(bytes->data);
}

engine::Result<Cell> read_cell(ByteCursor& in) {
  switch (in.big<std::uint8_t>()) {
    case 0: return Cell{};
    case 1: return Cell{static_cast<std::int64_t>(in.big<std::uint64_t>())};
    case 2: return Cell{std::bit_cast<double>(in.big<std::uint64_t>())};
    case 3: return Cell{std::string(in.text())};
    case 4: return Cell{Bytes{std::string(in.text())}};
    default: return engine::fail(Errc::kMalformed, "row: kind of cell");
  }
}

}  // namespace

std::string encode(const Row& row) {
  std::string bytes;
  ByteWriter out(bytes);
  out.varint(row.size());
  for (const Cell& cell : row) write_cell(out, cell);
  return bytes;
}

engine::Result<Row> decode_row(std::string_view bytes) {
  ByteCursor in(bytes);
  const auto cells = in.varint();
  if (cells > in.remaining()) return engine::fail(Errc::kTruncated, "row: more cells than bytes");
  Row row;
  row.reserve(cells);
  for (std::uint64_t i = 0; i < cells && in.ok(); ++i) {
    auto cell = read_cell(in);
    if (!cell) return cell.take_error();
    row.push_back(std::move(*cell));
  }
  if (!in.ok()) return engine::fail(Errc::kTruncated, "row: ends inside a cell");
  if (!in.at_end()) return engine::fail(Errc::kMalformed, "row: bytes behind the last cell");
  return row;
}

std::string encode(const Table& table) {
  std::string bytes;
  ByteWriter out(bytes);
  out.big(kShapeVersion).text(table.name).varint(table.columns.size());
  for (const Column& column : table.columns) {
    out.text(column.name).big(static_cast<std::uint8_t>(column.kind)).big(column.scale).text(column.source_type);
  }
  out.varint(table.primary_key.size());
  for (auto index : table.primary_key) out.varint(index);
  return bytes;
}

engine::Result<Table> decode_table(std::string_view bytes) {
  ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kShapeVersion) return engine::fail(Errc::kUnsupported, "shape of a table: version");
  Table table;
  table.name = in.text();
  const auto columns = in.varint();
  if (columns > in.remaining()) return engine::fail(Errc::kTruncated, "shape of a table: more columns than bytes");
  for (std::uint64_t i = 0; i < columns; ++i) {
    Column column;
    column.name = in.text();
    const auto kind = in.big<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(Column::Kind::kJson)) return engine::fail(Errc::kMalformed, "shape of a table: kind of column");
    column.kind = static_cast<Column::Kind>(kind);
    column.scale = in.big<std::uint8_t>();
    column.source_type = in.text();
    table.columns.push_back(std::move(column));
  }
  const auto keys = in.varint();
  if (keys > in.remaining()) return engine::fail(Errc::kTruncated, "shape of a table: more key columns than bytes");
  for (std::uint64_t i = 0; i < keys; ++i) {
    const auto index = in.varint();
    if (index >= table.columns.size()) return engine::fail(in.blame(Errc::kMalformed), "shape of a table: key column");
    table.primary_key.push_back(static_cast<std::uint32_t>(index));
  }
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(Errc::kMalformed), "shape of a table: its end");
  return table;
}

}  // namespace connectors
