#include <algorithm>

#include "connectors/mariadb/row_decoder.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using Form = RowField::Form;

namespace {

std::string fraction(const MapColumn& column) { return column.scale ? "(" + std::to_string(column.scale) + ")" : std::string(); }
std::string sized(const char* name, unsigned size) { return name + ("(" + std::to_string(size) + ")"); }

/// What information_schema would call the column, as far as the map tells; for maps that stand alone.
std::string spelled(const MapColumn& c, bool binary) {
  const std::string sign = c.is_unsigned ? " unsigned" : "";
  switch (c.type) {
    case WireType::kTiny: return "tinyint" + sign;
    case WireType::kShort: return "smallint" + sign;
    case WireType::kInt24: return "mediumint" + sign;
    case WireType::kLong: return "int" + sign;
    case WireType::kLongLong: return "bigint" + sign;
    case WireType::kFloat: return "float" + sign;
    case WireType::kDouble: return "double" + sign;
    case WireType::kNewDecimal: return "decimal(" + std::to_string(c.size) + "," + std::to_string(c.scale) + ")" + sign;
    case WireType::kYear: return "year";
    case WireType::kBit: return sized("bit", c.size);
    case WireType::kDate:
    case WireType::kNewDate: return "date";
    case WireType::kTime:
    case WireType::kTimeOld: return "time" + fraction(c);
    case WireType::kDatetime:
    case WireType::kDatetimeOld: return "datetime" + fraction(c);
    case WireType::kTimestamp:
    case WireType::kTimestampOld: return "timestamp" + fraction(c);
    case WireType::kEnum: return "enum";
    case WireType::kSet: return "set";
    case WireType::kGeometry: return "geometry";
    case WireType::kString: return sized(binary ? "binary" : "char", c.size);
    case WireType::kVarchar:
    case WireType::kVarcharCompressed:
    case WireType::kVarString: return sized(binary ? "varbinary" : "varchar", c.size);
    default: return binary ? "blob" : "text";
  }
}

bool has_charset(WireType type) {
  switch (type) {
    case WireType::kVarchar:
    case WireType::kVarString:
    case WireType::kString:
    case WireType::kTinyBlob:
    case WireType::kMediumBlob:
    case WireType::kLongBlob:
    case WireType::kBlob:
    case WireType::kEnum:
    case WireType::kSet: return true;
    default: return false;
  }
}

/// One column of the map beside what information_schema says of it.
struct Match {
  const MapColumn& wire;
  std::string name;
  const Column* known = nullptr;  // only where its type fits the map's
  const SchemaColumn* more = nullptr;
  Charset charset = Charset::kBinary;
  Column column;                  // what the rows will be told as
};

/// UUID and INET lie in the binlog as BINARY(n).
bool printed_binary(const Column& known, const MapColumn& wire) {
  if (wire.type != WireType::kString) return false;
  if (known.source_type == "inet4") return wire.size == 4;
  return (known.source_type == "uuid" || known.source_type == "inet6") && wire.size == 16;
}

bool fits(const Column& known, const Column& told, const MapColumn& wire) {
  if (printed_binary(known, wire)) return true;
  if (known.kind == Column::Kind::kJson) return told.kind == Column::Kind::kText;
  return known.kind == told.kind && known.scale == told.scale && wire.type != WireType::kVarcharCompressed &&
         wire.type != WireType::kBlobCompressed;
}

Match match(const TableMap& map, std::size_t at, const TableSchema* schema) {
  Match out{map.columns[at], std::string(map.columns[at].name), nullptr, nullptr, Charset::kBinary, {}};
  const auto& wire = out.wire;
  if (schema) {
    const auto& columns = schema->table->columns;
    auto found = columns.end();
    if (map.has_names) {
      found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == out.name; });
    } else if (at < columns.size()) {
      found = columns.begin() + static_cast<std::ptrdiff_t>(at);
      out.name = found->name;
    }
    if (found != columns.end()) {
      out.known = &*found;
      out.more = &schema->columns[static_cast<std::size_t>(found - columns.begin())];
    }
  }
  if (has_charset(wire.type)) {
    out.charset = wire.collation != 0 ? charset_of_collation(wire.collation) : out.more ? out.more->charset : Charset::kOther;
  }
  const bool binary = out.charset == Charset::kBinary;
  out.column = make_column(out.name, spelled(wire, binary), binary ? "" : "utf8mb4", false);
  if (out.known && fits(*out.known, out.column, wire)) {
    out.column = *out.known;
  } else {
    out.known = nullptr;
    out.more = nullptr;
  }
  return out;
}

tl::unexpected<engine::Error> refuse(const std::string& table, const std::string& column, const std::string& why) {
  return fail(Errc::kUnsupported, "table " + table + ", column " + column + ": " + why);
}

Result<RowField> string_field(const std::string& table, const Match& m) {
  RowField field;
  field.charset = m.charset;
  const auto& wire = m.wire;
  const bool blob = wire.type == WireType::kBlob || wire.type == WireType::kTinyBlob || wire.type == WireType::kMediumBlob ||
                    wire.type == WireType::kLongBlob || wire.type == WireType::kGeometry;
  if (m.charset == Charset::kOther) {
    return refuse(table, m.name, "its character set is not read; ALTER TABLE `" + table + "` CONVERT TO CHARACTER SET utf8mb4");
  }
  field.width = static_cast<std::uint8_t>(blob ? wire.size : wire.size > 255 ? 2 : 1);
  if (field.width == 0 || field.width > 4) return fail(Errc::kMalformed, "table map: blob length width");
  field.form = m.charset == Charset::kBinary ? Form::kBytes : Form::kText;
  if (field.form == Form::kBytes && wire.type == WireType::kString) {
    field.form = Form::kFixedBytes;
    field.size = wire.size;
    if (m.known && printed_binary(*m.known, wire)) {
      field.form = m.known->source_type == "uuid" ? Form::kUuid : m.known->source_type == "inet6" ? Form::kInet6 : Form::kInet4;
    }
  }
  return field;
}

Result<RowField> words_field(const std::string& table, const Match& m) {
  RowField field;
  field.form = m.wire.type == WireType::kEnum ? Form::kEnum : Form::kSet;
  field.width = static_cast<std::uint8_t>(m.wire.size);
  if (field.width == 0 || field.width > 8) return fail(Errc::kMalformed, "table map: packed bytes of ENUM or SET");
  if (m.charset == Charset::kOther) {
    return refuse(table, m.name, "its character set is not read; ALTER TABLE `" + table + "` CONVERT TO CHARACTER SET utf8mb4");
  }
  for (const auto word : m.wire.words) to_utf8(m.charset, word, field.words.emplace_back());
  if (field.words.empty() && m.more) field.words = m.more->words;
  if (field.words.empty()) return refuse(table, m.name, "the binlog lacks its words; SET GLOBAL binlog_row_metadata=FULL");
  return field;
}

RowField number_field(Form form, unsigned width, bool is_unsigned) {
  RowField field;
  field.form = form;
  field.width = static_cast<std::uint8_t>(width);
  field.is_unsigned = is_unsigned;
  return field;
}

Result<RowField> temporal_field(const Match& m, Form form, unsigned width) {
  auto field = number_field(form, width, false);
  field.scale = m.wire.scale;
  if (field.scale > 6) return fail(Errc::kMalformed, "table map: fraction of a temporal type");
  return field;
}

/// The temporal types of before MariaDB 10.1: their width is told nowhere once they have a fraction.
Result<RowField> old_temporal_field(const std::string& table, const Match& m, Form form, unsigned width) {
  if (m.known && m.known->source_type.find('(') != std::string::npos) {
    return refuse(table, m.name, "old temporal format with a fraction; SET GLOBAL mysql56_temporal_format=ON; ALTER TABLE `" + table + "` FORCE");
  }
  return number_field(form, width, false);
}

Result<RowField> field_of(const std::string& table, const TableMap& map, const Match& m) {
  const bool is_unsigned = map.has_signedness ? m.wire.is_unsigned : m.more && m.more->is_unsigned;
  switch (m.wire.type) {
    case WireType::kTiny: return number_field(Form::kInteger, 1, is_unsigned);
    case WireType::kShort: return number_field(Form::kInteger, 2, is_unsigned);
    case WireType::kInt24: return number_field(Form::kInteger, 3, is_unsigned);
    case WireType::kLong: return number_field(Form::kInteger, 4, is_unsigned);
    case WireType::kLongLong: return number_field(Form::kInteger, 8, is_unsigned);
    case WireType::kYear: return number_field(Form::kYear, 1, true);
    case WireType::kFloat: return number_field(Form::kFloat, 4, false);
    case WireType::kDouble: return number_field(Form::kDouble, 8, false);
    case WireType::kBit:
      if (m.wire.size == 0 || m.wire.size > 64) return fail(Errc::kMalformed, "table map: bits of BIT");
      return number_field(Form::kBit, (m.wire.size + 7U) / 8, true);
    case WireType::kNewDecimal: {
      auto field = number_field(Form::kDecimal, 0, is_unsigned);
      field.size = m.wire.size;
      field.scale = m.wire.scale;
      return field;
    }
    case WireType::kDate:
    case WireType::kNewDate: return number_field(Form::kDate, 3, true);
    case WireType::kTime: return temporal_field(m, Form::kTime, 3);
    case WireType::kDatetime: return temporal_field(m, Form::kDatetime, 5);
    case WireType::kTimestamp: return temporal_field(m, Form::kTimestamp, 4);
    case WireType::kTimeOld: return old_temporal_field(table, m, Form::kTimeOld, 3);
    case WireType::kDatetimeOld: return old_temporal_field(table, m, Form::kDatetimeOld, 8);
    case WireType::kTimestampOld: return old_temporal_field(table, m, Form::kTimestampOld, 4);
    case WireType::kEnum:
    case WireType::kSet: return words_field(table, m);
    case WireType::kVarcharCompressed:
    case WireType::kBlobCompressed: return refuse(table, m.name, "COMPRESSED columns are not read; ALTER TABLE … MODIFY it without COMPRESSED");
    default: return string_field(table, m);
  }
}

}  // namespace

Result<std::shared_ptr<const RowLayout>> RowLayout::make(const TableMap& map, std::string name, const TableSchema* known) {
  if (!map.has_names && (!known || known->columns.size() != map.columns.size())) {
    return fail(Errc::kUnsupported, "table " + name + ": the binlog lacks column names; SET GLOBAL binlog_row_metadata=FULL");
  }
  std::shared_ptr<RowLayout> layout(new RowLayout);
  Table table;
  bool same = known && known->columns.size() == map.columns.size();
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    const auto m = match(map, i, known);
    auto field = field_of(name, map, m);
    if (!field) return field.take_error();
    layout->fields_.push_back(std::move(*field));
    table.columns.push_back(m.column);
    same = same && m.column == known->table->columns[i];
  }
  if (same) {
    layout->table_ = known->table;
  } else {
    table.name = std::move(name);
    table.primary_key = map.primary_key;
    layout->table_ = std::make_shared<const Table>(std::move(table));
  }
  return std::shared_ptr<const RowLayout>(std::move(layout));
}

}  // namespace connectors
