#include "engine/base/fold.h"

#include <cstdint>

namespace engine {
namespace {

/// The base letters of U+00C0..U+017F (Latin-1 letters and Latin Extended-A), lower case; '.' keeps the character as it is.
constexpr std::string_view kLatin =
    "aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.y"  // C0..FF
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.llllll."  // 100..13F
    ".llnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

void append_folded(std::string& out, std::uint32_t code) {
  if (code >= 0xC0 && code - 0xC0 < kLatin.size()) {
    const char base = kLatin[code - 0xC0];
    if (base != '.') return append_utf8(out, static_cast<unsigned char>(base));
    if (code == 0xDF) return void(out += "ss");
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7) code += 0x20;
  } else if (code >= 0x391 && code <= 0x3A9) {  // Greek capitals
    code += 0x20;
  } else if (code >= 0x410 && code <= 0x42F) {  // Cyrillic capitals
    code += 0x20;
  } else if (code >= 0x400 && code <= 0x40F) {
    code += 0x50;
  }
  append_utf8(out, code);
}

}  // namespace

std::string folded(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out += static_cast<char>(byte >= 'A' && byte <= 'Z' ? byte + 0x20 : byte);
    } else if (byte >= 0xC2 && byte < 0xE0 && i + 1 < text.size()) {
      append_folded(out, static_cast<std::uint32_t>(byte & 0x1F) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F));
    } else {
      out += static_cast<char>(byte);
    }
  }
  return out;
}

}  // namespace engine
