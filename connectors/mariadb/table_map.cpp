#include "connectors/mariadb/table_map.h"

#include <string>

#include "connectors/mariadb/binlog_event.h"

namespace connectors {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::uint64_t kMostColumns = 4096;

/// CHAR, BINARY, ENUM and SET share a type; two metadata bytes tell them apart and hold lengths up to 1023.
void unwrap_string(unsigned first, unsigned second, MapColumn& column) {
  if (first == static_cast<unsigned>(WireType::kEnum) || first == static_cast<unsigned>(WireType::kSet)) {
    column.type = static_cast<WireType>(first);
    column.size = static_cast<std::uint16_t>(second);
  } else if ((first & 0x30) != 0x30) {
    column.size = static_cast<std::uint16_t>(second | (((first & 0x30) ^ 0x30) << 4));
  } else {
    column.size = static_cast<std::uint16_t>(second);
  }
}

/// Reads what the type-specific metadata holds for one column; false: a type unknown to us.
bool read_metadata(ByteCursor& in, MapColumn& column) {
  switch (column.type) {
    case WireType::kFloat:
    case WireType::kDouble: in.skip(1); return true;
    case WireType::kTinyBlob:
    case WireType::kMediumBlob:
    case WireType::kLongBlob:
    case WireType::kBlob:
    case WireType::kBlobCompressed:
    case WireType::kGeometry: column.size = in.little<std::uint8_t>(); return true;
    case WireType::kTimestamp:
    case WireType::kDatetime:
    case WireType::kTime: column.scale = in.little<std::uint8_t>(); return true;
    case WireType::kNewDecimal:
      column.size = in.little<std::uint8_t>();
      column.scale = in.little<std::uint8_t>();
      return true;
    case WireType::kVarchar:
    case WireType::kVarcharCompressed: column.size = in.little<std::uint16_t>(); return true;
    case WireType::kBit: {
      const unsigned bits = in.little<std::uint8_t>();
      const unsigned bytes = in.little<std::uint8_t>();
      column.size = static_cast<std::uint16_t>(bytes * 8 + bits);
      return true;
    }
    case WireType::kEnum:
    case WireType::kSet:
    case WireType::kVarString:
    case WireType::kString: {
      const unsigned first = in.little<std::uint8_t>();
      const unsigned second = in.little<std::uint8_t>();
      unwrap_string(first, second, column);
      return true;
    }
    case WireType::kTiny:
    case WireType::kShort:
    case WireType::kLong:
    case WireType::kTimestampOld:
    case WireType::kLongLong:
    case WireType::kInt24:
    case WireType::kDate:
    case WireType::kTimeOld:
    case WireType::kDatetimeOld:
    case WireType::kYear:
    case WireType::kNewDate: return true;
  }
  return false;
}

bool is_numeric(WireType type) {
  switch (type) {
    case WireType::kTiny:
    case WireType::kShort:
    case WireType::kInt24:
    case WireType::kLong:
    case WireType::kLongLong:
    case WireType::kFloat:
    case WireType::kDouble:
    case WireType::kNewDecimal:
    case WireType::kYear: return true;
    default: return false;
  }
}
bool is_words(WireType type) { return type == WireType::kEnum || type == WireType::kSet; }
bool is_string(WireType type) {
  switch (type) {
    case WireType::kVarchar:
    case WireType::kVarcharCompressed:
    case WireType::kVarString:
    case WireType::kString:
    case WireType::kTinyBlob:
    case WireType::kMediumBlob:
    case WireType::kLongBlob:
    case WireType::kBlob:
    case WireType::kBlobCompressed:
    case WireType::kGeometry: return true;  // a geometry counts among the columns with a collation (binary)
    default: return false;
  }
}

void read_signedness(ByteCursor in, TableMap& map) {
  const auto bits = in.rest();
  std::size_t at = 0;
  for (auto& column : map.columns) {
    if (!is_numeric(column.type)) continue;
    if (at / 8 < bits.size()) column.is_unsigned = static_cast<unsigned char>(bits[at / 8]) >> (7 - at % 8) & 1;
    ++at;
  }
  map.has_signedness = true;
}

/// One collation for all, and exceptions by index among the columns `counts` holds for.
bool read_default_collation(ByteCursor in, TableMap& map, bool (*counts)(WireType)) {
  std::vector<MapColumn*> columns;
  const auto common = static_cast<std::uint32_t>(packed_integer(in));
  for (auto& column : map.columns) {
    if (counts(column.type)) columns.push_back(&column);
  }
  for (auto* column : columns) column->collation = common;
  while (in.ok() && !in.at_end()) {
    const auto index = packed_integer(in);
    const auto collation = packed_integer(in);
    if (!in.ok() || index >= columns.size()) return false;
    columns[index]->collation = static_cast<std::uint32_t>(collation);
  }
  return in.ok();
}

bool read_collations(ByteCursor in, TableMap& map, bool (*counts)(WireType)) {
  for (auto& column : map.columns) {
    if (counts(column.type)) column.collation = static_cast<std::uint32_t>(packed_integer(in));
  }
  return in.ok();
}

bool read_names(ByteCursor in, TableMap& map) {
  for (auto& column : map.columns) column.name = in.take(packed_integer(in));
  map.has_names = in.ok();
  return in.ok();
}

bool read_words(ByteCursor in, TableMap& map, WireType type) {
  for (auto& column : map.columns) {
    if (column.type != type) continue;
    const auto count = packed_integer(in);
    if (!in.ok() || count > in.remaining()) return false;
    column.words.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) column.words.push_back(in.take(packed_integer(in)));
  }
  return in.ok();
}

bool read_primary_key(ByteCursor in, TableMap& map, bool with_prefix) {
  while (in.ok() && !in.at_end()) {
    const auto index = packed_integer(in);
    if (with_prefix) packed_integer(in);
    if (!in.ok() || index >= map.columns.size()) return false;
    map.primary_key.push_back(static_cast<std::uint32_t>(index));
  }
  return in.ok();
}

/// Optional metadata: type:u8, length, value; types unknown to us are skipped, as the format means it.
bool read_optional(ByteCursor& in, TableMap& map) {
  while (in.ok() && !in.at_end()) {
    const auto type = in.little<std::uint8_t>();
    const ByteCursor value(in.take(packed_integer(in)));
    if (!in.ok()) return false;
    bool fine = true;
    switch (type) {
      case 1: read_signedness(value, map); break;
      case 2: fine = read_default_collation(value, map, is_string); break;
      case 3: fine = read_collations(value, map, is_string); break;
      case 4: fine = read_names(value, map); break;
      case 5: fine = read_words(value, map, WireType::kSet); break;
      case 6: fine = read_words(value, map, WireType::kEnum); break;
      case 8: fine = read_primary_key(value, map, false); break;
      case 9: fine = read_primary_key(value, map, true); break;
      case 10: fine = read_default_collation(value, map, is_words); break;
      case 11: fine = read_collations(value, map, is_words); break;
      default: break;
    }
    if (!fine) return false;
  }
  return in.ok();
}

Result<void> read_types(ByteCursor& in, TableMap& map) {
  const auto types = in.take(map.columns.size());
  ByteCursor metadata(in.take(packed_integer(in)));
  if (!in.ok()) return fail(Errc::kTruncated, "table map: cut off");
  for (std::size_t i = 0; i < map.columns.size(); ++i) {
    auto& column = map.columns[i];
    column.type = static_cast<WireType>(static_cast<unsigned char>(types[i]));
    if (!read_metadata(metadata, column)) {
      return fail(Errc::kUnsupported, "table " + std::string(map.table) + ", column " + std::to_string(i + 1) + ": unknown column type " +
                                          std::to_string(static_cast<unsigned>(column.type)));
    }
  }
  if (!metadata.ok() || !metadata.at_end()) return fail(Errc::kMalformed, "table map: metadata length");
  return engine::ok();
}

}  // namespace

std::uint64_t table_map_id(std::string_view body) { return ByteCursor(body).little_bytes(6); }

Result<TableMap> decode_table_map(std::string_view body) {
  ByteCursor in(body);
  TableMap map;
  map.table_id = in.little_bytes(6);
  in.skip(2);  // flags
  map.database = in.take(in.little<std::uint8_t>());
  in.skip(1);
  map.table = in.take(in.little<std::uint8_t>());
  in.skip(1);
  const auto columns = packed_integer(in);
  if (!in.ok() || columns > in.remaining()) return fail(Errc::kTruncated, "table map: cut off");
  if (columns == 0 || columns > kMostColumns) return fail(Errc::kMalformed, "table map: column count");
  map.columns.resize(columns);
  if (auto types = read_types(in, map); !types) return types.take_error();
  in.skip((columns + 7) / 8);  // which columns may be null; every row has its own null bitmap
  if (!in.ok()) return fail(Errc::kTruncated, "table map: null bitmap cut off");
  if (!read_optional(in, map)) return fail(in.blame(Errc::kMalformed), "table map: optional metadata");
  return map;
}

}  // namespace connectors
