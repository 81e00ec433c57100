#include "engine/base/text_codec.h"

#include <array>
#include <cstdint>

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

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  const auto before = out.size();
  out.resize(before + bytes.size() * 2);
  char* at = out.data() + before;
  for (unsigned char c : bytes) {
    *at++ = kDigits[c >> 4];
    *at++ = kDigits[c & 15];
  }
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
