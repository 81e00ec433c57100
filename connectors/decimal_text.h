#pragma once
// Decimals as databases print them.

#include <string_view>

#include "connectors/row_change.h"

namespace connectors {

/// "-12.5" with scale 4 gives -125000; the text itself where it is no such number (NaN, Infinity), has more digits behind the point or does not fit.
Cell decimal_cell(std::string_view text, unsigned scale);

}  // namespace connectors
