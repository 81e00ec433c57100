#include "connectors/mariadb/charset.h"

#include <algorithm>
#include <array>

namespace connectors {
namespace {

struct Collations {
  std::uint16_t first, last;
  Charset charset;
};
// information_schema.collation_character_set_applicability of MariaDB 10.11; later versions only add within these ranges.
constexpr Collations kCollations[] = {
    {5, 5, Charset::kLatin1},       {8, 8, Charset::kLatin1},       {11, 11, Charset::kUtf8},       {15, 15, Charset::kLatin1},
    {31, 31, Charset::kLatin1},     {33, 33, Charset::kUtf8},       {45, 46, Charset::kUtf8},       {47, 49, Charset::kLatin1},
    {63, 63, Charset::kBinary},     {65, 65, Charset::kUtf8},       {83, 83, Charset::kUtf8},       {94, 94, Charset::kLatin1},
    {192, 215, Charset::kUtf8},     {223, 247, Charset::kUtf8},     {576, 578, Charset::kUtf8},     {608, 610, Charset::kUtf8},
    {1032, 1032, Charset::kLatin1}, {1035, 1035, Charset::kUtf8},   {1057, 1057, Charset::kUtf8},   {1069, 1070, Charset::kUtf8},
    {1071, 1071, Charset::kLatin1}, {1089, 1089, Charset::kUtf8},   {1107, 1107, Charset::kUtf8},   {1216, 1216, Charset::kUtf8},
    {1238, 1238, Charset::kUtf8},   {1248, 1248, Charset::kUtf8},   {1270, 1270, Charset::kUtf8},   {2048, 2559, Charset::kUtf8},
};

constexpr std::array<std::uint16_t, 32> kUpperControls = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
    0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

}  // namespace

Charset charset_of_collation(std::uint32_t collation) {
  const auto* found = std::find_if(std::begin(kCollations), std::end(kCollations),
                                   [collation](const Collations& c) { return collation >= c.first && collation <= c.last; });
  return found == std::end(kCollations) ? Charset::kOther : found->charset;
}

Charset charset_named(std::string_view name) {
  if (name == "utf8mb4" || name == "utf8mb3" || name == "utf8" || name == "ascii") return Charset::kUtf8;
  if (name == "latin1") return Charset::kLatin1;
  if (name.empty() || name == "binary") return Charset::kBinary;
  return Charset::kOther;
}

void to_utf8(Charset from, std::string_view bytes, std::string& out) {
  if (from != Charset::kLatin1) {
    out.assign(bytes);
    return;
  }
  out.clear();
  for (const unsigned char c : bytes) {
    const unsigned point = c >= 0x80 && c < 0xa0 ? kUpperControls[c - 0x80U] : c;
    if (point < 0x80) {
      out.push_back(static_cast<char>(point));
    } else if (point < 0x800) {
      out.push_back(static_cast<char>(0xc0 | point >> 6));
      out.push_back(static_cast<char>(0x80 | (point & 0x3f)));
    } else {
      out.push_back(static_cast<char>(0xe0 | point >> 12));
      out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3f)));
      out.push_back(static_cast<char>(0x80 | (point & 0x3f)));
    }
  }
}

}  // namespace connectors
