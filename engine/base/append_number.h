#pragma once
// Integers as decimal text, without a string of their own.

#include <charconv>
#include <concepts>
#include <string>

namespace engine {

/// Appends the decimal digits of `value`, behind a minus where it is negative.
void append_number(std::string& out, std::integral auto value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace engine
