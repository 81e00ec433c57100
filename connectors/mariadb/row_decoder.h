#pragma once
// Row images of the binlog to rows in Cell's normalisation. Pure.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mariadb/table_map.h"
#include "connectors/mariadb/table_schema.h"
#include "connectors/row_change.h"
#include "engine/base/byte_cursor.h"

namespace connectors {

/// How one value lies in a row image.
struct RowField {
  enum class Form : std::uint8_t {
    kInteger, kYear, kFloat, kDouble, kDecimal, kBit, kText, kBytes, kFixedBytes, kEnum, kSet, kDate, kTime, kTimeOld,
    kDatetime, kDatetimeOld, kTimestamp, kTimestampOld, kUuid, kInet6, kInet4,
  };
  Form form{};
  std::uint8_t width = 0;  ///< bytes of the value, or of the length in front of it
  std::uint8_t scale = 0;  ///< digits behind the point, or of the fraction
  std::uint16_t size = 0;  ///< precision, or bytes to pad to
  bool is_unsigned = false;
  Charset charset = Charset::kUtf8;
  std::vector<std::string> words;
};

/// How the rows of one table map are read. Immutable.
class RowLayout {
 public:
  /// `name`: the table's, as mappings know it. `known`: the table in information_schema, which may be newer than the map (DDL ran
  /// ahead): only columns of the same name and a type that fits are taken from it. nullptr: the map alone.
  /// kUnsupported: a column we cannot read (character set, COMPRESSED, temporal format of old), or a map without column names that
  /// `known` does not fit; the detail names the column and the SQL that mends it.
  static engine::Result<std::shared_ptr<const RowLayout>> make(const TableMap& map, std::string name, const TableSchema* known);

  const TablePtr& table() const { return table_; }

  /// Reads one image from `in` into `out`, reusing its memory. `present`: the event's column bitmap.
  /// kUnsupported: the image is partial. kTruncated, kMalformed: the image is damaged; `out` is then of no use.
  engine::Result<void> decode(engine::ByteCursor& in, std::string_view present, Row& out) const;

 private:
  RowLayout() = default;
  TablePtr table_;
  std::vector<RowField> fields_;
};

}  // namespace connectors
