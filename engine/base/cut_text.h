#pragma once
// Texts that have to fit.

#include <cstddef>
#include <string_view>

namespace engine {

/// The longest beginning of `text` of at most `bytes` that does not end inside a UTF-8 character.
inline std::string_view cut_text(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace engine
