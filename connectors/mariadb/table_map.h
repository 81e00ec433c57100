#pragma once
// TABLE_MAP events: the shape of a table at one point of the binlog, with the optional metadata of binlog_row_metadata=FULL.

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace connectors {

/// Column types as the binlog numbers them; CHAR-like wrappers of ENUM and SET are already unwrapped.
enum class WireType : std::uint8_t {
  kTiny = 1, kShort = 2, kLong = 3, kFloat = 4, kDouble = 5, kTimestampOld = 7, kLongLong = 8, kInt24 = 9, kDate = 10, kTimeOld = 11,
  kDatetimeOld = 12, kYear = 13, kNewDate = 14, kVarchar = 15, kBit = 16, kTimestamp = 17, kDatetime = 18, kTime = 19,
  kBlobCompressed = 140, kVarcharCompressed = 141, kNewDecimal = 246, kEnum = 247, kSet = 248, kTinyBlob = 249, kMediumBlob = 250,
  kLongBlob = 251, kBlob = 252, kVarString = 253, kString = 254, kGeometry = 255,
};

struct MapColumn {
  WireType type{};
  std::uint16_t size = 0;       ///< declared bytes (strings), bits (BIT), length bytes (blobs), packed bytes (ENUM, SET), precision (DECIMAL)
  std::uint8_t scale = 0;       ///< DECIMAL: digits behind the point; temporal types: digits of the fraction
  bool is_unsigned = false;
  std::uint32_t collation = 0;  ///< of strings, ENUM and SET; 0: the map does not say
  std::string_view name;        ///< empty: the map does not say
  std::vector<std::string_view> words;  ///< of ENUM and SET, in the column's character set
};

struct TableMap {
  std::uint64_t table_id = 0;
  std::string_view database;
  std::string_view table;
  std::vector<MapColumn> columns;
  bool has_signedness = false;
  bool has_names = false;
  std::vector<std::uint32_t> primary_key;  ///< indexes into columns; empty: none, or the map does not say
};

/// kUnsupported: a column type we do not know; the detail names table and column.
engine::Result<TableMap> decode_table_map(std::string_view body);
/// The table id alone, cheap.
std::uint64_t table_map_id(std::string_view body);

}  // namespace connectors
