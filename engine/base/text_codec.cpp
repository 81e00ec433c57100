#include "engine/base/text_codec.h"

#include <array>
#include <cstdint>

#include "engine/base/byte_order.h"

namespace engine {
namespace {

constexpr std::string_view kUrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> values_of(std::string_view alphabet) {
  std::array<std::int8_t, 256> values{};
  for (auto& v : values) v = -1;
  for (std::size_t i = 0; i < alphabet.size(); ++i) values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto kUrlValues = values_of(kUrlAlphabet);
constexpr auto kStandardValues = values_of(kStandardAlphabet);

void encode64(std::string& out, std::string_view bytes, std::string_view alphabet) {
  out.reserve(out.size() + (bytes.size() * 4 + 2) / 3 + 2);
  std::uint32_t pending = 0;
  int bits = 0;
  for (unsigned char c : bytes) {
    pending = pending << 8 | c;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(alphabet[pending >> bits & 63]);
    }
  }
  if (bits > 0) out.push_back(alphabet[pending << (6 - bits) & 63]);
}

std::optional<std::string> decode64(std::string_view text, const std::array<std::int8_t, 256>& values) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out(text.size() * 3 / 4, '\0');
  char* at = out.data();
  std::uint32_t pending = 0;
  int bits = 0;
  for (unsigned char c : text) {
    if (values[c] < 0) return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(values[c]);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *at++ = static_cast<char>(pending >> bits & 0xff);
    }
  }
  if ((pending & ((1u << bits) - 1)) != 0) return std::nullopt;
  return out;
}

// The eight digits of four bytes, the first one's lowest: each half byte alone, then '0' to it, and what lies between '9' and 'a' where it is above nine.
std::uint64_t hex_digits(std::uint32_t bytes) {
  constexpr std::uint64_t kEach = 0x0101010101010101u;
  std::uint64_t spread = bytes;
  spread = (spread | spread << 16) & 0x0000ffff0000ffffu;
  spread = (spread | spread << 8) & 0x00ff00ff00ff00ffu;
  const auto halves = ((spread >> 4) & 0x000f000f000f000fu) | ((spread & 0x000f000f000f000fu) << 8);
  const auto above_nine = ((halves + 6 * kEach) >> 4) & kEach;
  return halves + '0' * kEach + above_nine * ('a' - '0' - 10);
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void write_hex(char* out, std::string_view bytes) {
  constexpr std::size_t kStep = sizeof(std::uint32_t);
  for (; bytes.size() >= kStep; bytes.remove_prefix(kStep), out += 2 * kStep) store_little(out, hex_digits(load_little<std::uint32_t>(bytes.data())));
  for (unsigned char c : bytes) {
    store_little(out, static_cast<std::uint16_t>(hex_digits(c)));
    out += 2;
  }
}

void append_hex(std::string& out, std::string_view bytes) {
  const auto before = out.size();
  out.resize(before + bytes.size() * 2);
  write_hex(out.data() + before, bytes);
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string out;
  encode64(out, bytes, kUrlAlphabet);
  return out;
}
std::optional<std::string> from_base64url(std::string_view text) { return decode64(text, kUrlValues); }

void append_base64(std::string& out, std::string_view bytes) {
  encode64(out, bytes, kStandardAlphabet);
  out.append((3 - bytes.size() % 3) % 3, '=');
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
  return decode64(text, kStandardValues);
}

}  // namespace engine
