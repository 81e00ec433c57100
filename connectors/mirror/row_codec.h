#pragma once
// Bytes of shapes and rows in the mirror's own tables. They are on disk: add a version, never reuse a tag.

#include <string>
#include <string_view>

#include "connectors/row_change.h"
#include "engine/base/result.h"

namespace connectors {

std::string encode(const Row& row);
engine::Result<Row> decode_row(std::string_view bytes);
std::string encode(const Table& table);
engine::Result<Table> decode_table(std::string_view bytes);

}  // namespace connectors
