#pragma once
// Numbers of any length as Java's BigInteger writes them, and decimal texts.

#include <optional>
#include <string>
#include <string_view>

#include "connectors/row_change.h"

namespace connectors {

/// `bytes`: big-endian two's complement, not empty, at most 64 bytes (more than any DECIMAL of MariaDB needs). Gives the decimal digits with a sign; nullopt: another length.
std::optional<std::string> integer_text(std::string_view bytes);

/// A decimal number as text ("-12.50", "1E+2"), scaled by 10^`scale`: an integer where it fits 64 bits, else the number's text with exactly `scale` digits behind the point.
/// nullopt: no number, more digits behind the point than `scale` that are not zero, or an exponent beyond 100.
std::optional<Cell> scaled_decimal(std::string_view text, unsigned scale);

}  // namespace connectors
