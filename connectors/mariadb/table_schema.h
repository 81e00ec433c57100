#pragma once
// A table as information_schema describes it: what table maps lack (UUID, INET, JSON, BOOLEAN are plain strings and integers in the binlog).

#include <string>
#include <string_view>
#include <vector>

#include "connectors/mariadb/charset.h"
#include "connectors/row_change.h"

namespace connectors {

struct SchemaColumn {
  Charset charset = Charset::kBinary;
  std::string charset_name;         ///< as the source spells it; empty for columns without one
  bool is_unsigned = false;
  std::vector<std::string> words;   ///< of ENUM and SET, as UTF-8
};
struct TableSchema {
  TablePtr table;
  std::vector<SchemaColumn> columns;  ///< as many as table->columns
};

/// What `column_type` ("decimal(14,4) unsigned", "enum('a','b')") says. Types we do not know are taken as text.
Column::Kind kind_of_type(std::string_view column_type, Charset charset);
SchemaColumn schema_column(std::string_view column_type, std::string_view charset_name);
Column make_column(std::string_view name, std::string_view column_type, std::string_view charset_name, bool json);

}  // namespace connectors
