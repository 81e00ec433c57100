#include "connectors/debezium/decimal_bytes.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace connectors {
namespace {

constexpr std::size_t kMostBytes = 64;
constexpr int kMostExponent = 100;

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }); }

}  // namespace

std::optional<std::string> integer_text(std::string_view bytes) {
  if (bytes.empty() || bytes.size() > kMostBytes) return std::nullopt;
  const bool negative = (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  std::vector<unsigned char> magnitude(bytes.begin(), bytes.end());
  if (negative) {
    unsigned carry = 1;
    for (auto at = magnitude.rbegin(); at != magnitude.rend(); ++at) {
      const unsigned sum = static_cast<unsigned char>(~*at) + carry;
      *at = static_cast<unsigned char>(sum);
      carry = sum >> 8;
    }
  }
  std::string digits;  // the last one first
  for (bool left = true; left;) {
    unsigned rest = 0;
    left = false;
    for (auto& byte : magnitude) {
      const unsigned value = rest << 8 | byte;
      byte = static_cast<unsigned char>(value / 10);
      rest = value % 10;
      left = left || byte != 0;
    }
    digits.push_back(static_cast<char>('0' + rest));
  }
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::optional<Cell> scaled_decimal(std::string_view text, unsigned scale) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
    auto power = text.substr(e + 1);
    if (power.starts_with('+')) power.remove_prefix(1);
    const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (error != std::errc() || end != power.data() + power.size() || std::abs(exponent) > kMostExponent) return std::nullopt;
    text = text.substr(0, e);
  }
  const auto point = text.find('.');
  std::string digits(text.substr(0, point));
  int behind = 0;
  if (point != std::string_view::npos) {
    digits += text.substr(point + 1);
    behind = static_cast<int>(text.size() - point - 1);
  }
  if (digits.empty() || !all_digits(digits)) return std::nullopt;
  behind -= exponent;
  const int missing = static_cast<int>(scale) - behind;
  if (missing >= 0) {
    digits.append(static_cast<std::size_t>(missing), '0');
  } else {
    const auto cut = std::min(static_cast<std::size_t>(-missing), digits.size());
    if (digits.find_first_not_of('0', digits.size() - cut) != std::string::npos) return std::nullopt;
    digits.resize(digits.size() - cut);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return Cell{std::int64_t{0}};
  std::int64_t number = 0;
  const auto signed_digits = (negative ? "-" : "") + digits;
  const auto [end, error] = std::from_chars(signed_digits.data(), signed_digits.data() + signed_digits.size(), number);
  if (error == std::errc() && end == signed_digits.data() + signed_digits.size()) return Cell{number};
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return Cell{(negative ? "-" : "") + digits};
}

}  // namespace connectors
