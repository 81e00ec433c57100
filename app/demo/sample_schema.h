#pragma once

#include <string_view>

namespace app::demo {

/// sample_schema.sql, built into the program. Creates every table in the chosen (empty) database.
std::string_view sample_schema();

}  // namespace app::demo
