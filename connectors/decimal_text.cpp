#include "connectors/decimal_text.h"

namespace connectors {

Cell decimal_cell(std::string_view text, unsigned scale) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  std::int64_t number = 0;
  unsigned behind = 0;
  bool point = false;
  for (const char c : rest) {
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9' || __builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, c - '0', &number)) return std::string(text);
    behind += point;
  }
  for (; behind < scale; ++behind) {
    if (__builtin_mul_overflow(number, 10, &number)) return std::string(text);
  }
  return behind > scale || rest.empty() ? Cell(std::string(text)) : Cell(negative ? -number : number);
}

}  // namespace connectors
