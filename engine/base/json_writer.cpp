#include "engine/base/json_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/base/append_number.h"

namespace engine {
namespace {

// Length of the valid UTF-8 sequence at the front of `s` (1 to 4), or 0 (RFC 3629 table 3-7).
std::size_t utf8_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
    return i < s.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned c = byte(0);
  if (c < 0x80) return 1;
  if (c >= 0xc2 && c <= 0xdf) return tail(1) ? 2 : 0;
  if (c >= 0xe0 && c <= 0xef) {
    const unsigned low = c == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = c == 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (c >= 0xf0 && c <= 0xf4) {
    const unsigned low = c == 0xf0 ? 0x90 : 0x80;
    const unsigned high = c == 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

constexpr auto kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\';
  return table;
}();

bool plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// Eight bytes at a time: no control character, no quote, no backslash, nothing beyond ASCII. Borrows between bytes start only at one that is not plain.
bool plain_word(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighBits = 0x80 * kOnes;
  const auto quotes = (word ^ ('"' * kOnes)) - kOnes;
  const auto backslashes = (word ^ ('\\' * kOnes)) - kOnes;
  return (((word - 0x20 * kOnes) | quotes | backslashes | word) & kHighBits) == 0;
}

bool all_plain(std::string_view text) {
  std::uint64_t word;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if (!plain_word(word)) return false;
  }
  std::memset(&word, 'a', sizeof word);
  std::memcpy(&word, text.data(), text.size());
  return plain_word(word);
}

// Most names and values are short and need no escape: one append then, which counts where an envelope is all there is to write.
bool append_short(std::string& out, std::string_view text, bool comma = false, bool colon = false) {
  char quoted[64];
  if (text.size() > sizeof quoted - 4 || !all_plain(text)) return false;
  char* at = quoted;
  if (comma) *at++ = ',';
  *at++ = '"';
  at = std::copy(text.begin(), text.end(), at);
  *at++ = '"';
  if (colon) *at++ = ':';
  out.append(quoted, static_cast<std::size_t>(at - quoted));
  return true;
}

void append_escaped(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u00";
  out.push_back(kHex[c >> 4]);
  out.push_back(kHex[c & 15]);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (append_short(out, text)) return;
  out.push_back('"');
  std::size_t i = 0;
  while (i < text.size()) {
    std::size_t run = i;
    while (run < text.size() && plain(text[run])) ++run;
    out.append(text, i, run - i);
    i = run;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      append_escaped(out, c);
      ++i;
    } else if (const auto n = utf8_length(text.substr(i)); n > 0) {
      out.append(text, i, n);
      i += n;
    } else {
      out += "\xef\xbf\xbd";
      ++i;
    }
  }
  out.push_back('"');
}

void append_json_number(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr;
    out.append(text, static_cast<std::size_t>(end - text));
    return;
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
  } else if (comma_) {
    out_.push_back(',');
  }
  comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  comma_ = true;
  after_key_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  if (!append_short(out_, name, comma_, true)) {
    if (comma_) out_.push_back(',');
    append_json_string(out_, name);
    out_.push_back(':');
  }
  comma_ = false;
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  const bool comma = comma_ && !after_key_;
  if (append_short(out_, text, comma)) {
    after_key_ = false;
    comma_ = true;
    return *this;
  }
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::instant(WallTime t) {
  separate();
  out_.push_back('"');
  append_rfc3339(out_, t);
  out_.push_back('"');
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::number_u64(std::uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  separate();
  append_json_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

std::string& JsonWriter::begin_members() {
  raw({});
  return out_;
}

}  // namespace engine
