#include "engine/net/http_syntax.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/base/byte_order.h"

namespace engine::net {
namespace {

constexpr std::size_t kMaxChunkLine = 256;     // a size, its extensions, CRLF
constexpr std::size_t kMaxTrailers = 8 * 1024;

constexpr auto kTokenCharacters = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = table[static_cast<std::size_t>(c - 'a' + 'A')] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<std::size_t>(c)] = true;
  return table;
}();

constexpr std::uint64_t kEachByte = 0x0101010101010101u;

// Eight letters at once: 0x20 is added to those from A to Z, none of which is above 0x7f.
std::uint64_t lower_word(const char* at) {
  const auto word = load_little<std::uint64_t>(at);
  const auto low = word & 0x7f * kEachByte;
  const auto above_z = low + (0x7f - 'Z') * kEachByte, from_a = low + (0x80 - 'A') * kEachByte;
  return word | ((from_a & ~above_z & ~word & 0x80 * kEachByte) >> 2);
}

unsigned char lower(char c) { return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; });
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (a.size() != b.size()) return false;
  if (a.size() < kWord) return std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
  for (std::size_t at = 0; at + kWord < a.size(); at += kWord) {
    if (lower_word(a.data() + at) != lower_word(b.data() + at)) return false;
  }
  const auto last = a.size() - kWord;
  return lower_word(a.data() + last) == lower_word(b.data() + last);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

// A word of eight bytes has a zero among them where subtracting one from each borrows into a byte that was below 0x80.
bool has_line_end(std::string_view text) {
  const auto ends = [](char c) { return c == '\n' || c == '\r' || c == '\0'; };
  const auto has_zero = [](std::uint64_t word) { return ((word - kEachByte) & ~word & 0x80 * kEachByte) != 0; };
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    const auto word = load_little<std::uint64_t>(text.data() + at);
    if (has_zero(word) || has_zero(word ^ '\n' * kEachByte) || has_zero(word ^ '\r' * kEachByte)) return true;
  }
  return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), ends);
}

bool is_header_line(std::string_view name, std::string_view value) { return is_token(name) && !has_line_end(value); }

std::string percent_decode(std::string_view text, bool plus_is_space) {
  const bool nothing_encoded = text.find('%') == std::string_view::npos && (!plus_is_space || text.find('+') == std::string_view::npos);
  if (nothing_encoded) return std::string(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += c == '+' && plus_is_space ? ' ' : c;
    }
  }
  return out;
}

std::string percent_encode(std::string_view text, std::string_view also_plain) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                            std::string_view("-._~").find(c) != std::string_view::npos;
    if (unreserved || also_plain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
  return out;
}

std::optional<FieldLine> parse_field_line(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return std::nullopt;
  const auto value = trim(line.substr(colon + 1));
  if (has_control(value)) return std::nullopt;
  return FieldLine{line.substr(0, colon), value};
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t v = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    v = v * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return v;
}

void FramingReader::see(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "content-length")) {
    if (std::exchange(has_length_, true)) twice_ = "Content-Length is given twice.";
    length_ = parse_decimal(value);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (std::exchange(has_coding_, true)) twice_ = "Transfer-Encoding is given twice.";
    chunked_ = equal_ignoring_case(value, "chunked");
  } else if (equal_ignoring_case(name, "connection")) {
    see_connection(value);
  }
}

void FramingReader::see_connection(std::string_view value) {
  while (!value.empty()) {
    const auto item = value.substr(0, value.find(','));
    value.remove_prefix(std::min(item.size() + 1, value.size()));
    close_ = close_ || equal_ignoring_case(trim(item), "close");
    keep_alive_ = keep_alive_ || equal_ignoring_case(trim(item), "keep-alive");
  }
}

Framing FramingReader::framing() const {
  Framing framing;
  framing.refused = twice_;
  if (!framing.refused.empty()) return framing;
  if (has_length_ && has_coding_) {
    framing.refused = "Content-Length and Transfer-Encoding exclude each other.";
  } else if (has_coding_) {
    framing.kind = Framing::Kind::kChunked;
    if (chunked_) return framing;
    framing.refused = "Only the transfer coding chunked is supported.";
    framing.unknown_coding = true;
  } else if (has_length_) {
    framing.kind = Framing::Kind::kLength;
    framing.length = length_.value_or(0);
    if (!length_) framing.refused = "Content-Length is not a number.";
  }
  return framing;
}

LineFinder::Found LineFinder::find(std::string_view bytes, std::size_t max, std::string_view& line) {
  const auto window = bytes.substr(0, max);
  const void* hit = searched_ < window.size() ? std::memchr(window.data() + searched_, '\n', window.size() - searched_) : nullptr;
  if (!hit) {
    searched_ = window.size();
    return bytes.size() >= max ? Found::kTooLong : Found::kNeedMore;
  }
  searched_ = 0;
  const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - window.data());
  if (at == 0 || window[at - 1] != '\r') return Found::kBareLineFeed;
  line = window.substr(0, at - 1);
  return Found::kLine;
}

std::size_t ChunkedBody::consume(std::string_view bytes, std::string& body, std::size_t max_body) {
  std::size_t used = 0;
  while (state_ == State::kNeedMore) {
    const auto rest = bytes.substr(used);
    if (part_ == Part::kData) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      body.append(rest.substr(0, n));
      used += n;
      left_ -= n;
      if (left_ > 0) return used;
      part_ = Part::kDataEnd;
      continue;
    }
    const auto n = take_line(rest, body.size(), max_body);
    if (n == 0) return used;
    used += n;
  }
  return used;
}

// One line of the coding; 0: there is none yet, or the state says why not.
std::size_t ChunkedBody::take_line(std::string_view bytes, std::size_t body_size, std::size_t max_body) {
  const auto max = part_ == Part::kDataEnd ? 2 : part_ == Part::kSize ? kMaxChunkLine : kMaxTrailers - trailer_bytes_;
  std::string_view line;
  switch (lines_.find(bytes, max, line)) {
    case LineFinder::Found::kNeedMore: return 0;
    case LineFinder::Found::kTooLong: return malformed("A line of the chunked body is too long.");
    case LineFinder::Found::kBareLineFeed: return malformed("A line of the chunked body ends without CR.");
    case LineFinder::Found::kLine: break;
  }
  if (part_ == Part::kSize) {
    read_size(line, body_size, max_body);
  } else if (part_ == Part::kDataEnd) {
    part_ = Part::kSize;
  } else if (line.empty()) {
    state_ = State::kDone;
  } else if (!parse_field_line(line)) {
    return malformed("A trailer is malformed.");
  } else {
    trailer_bytes_ += line.size() + 2;
  }
  return line.size() + 2;
}

void ChunkedBody::read_size(std::string_view line, std::size_t body_size, std::size_t max_body) {
  const auto digits = line.substr(0, line.find(';'));
  if (digits.empty() || digits.size() > 15 || has_control(line)) {
    malformed("A chunk size is malformed.");
    return;
  }
  std::uint64_t size = 0;
  for (const char c : digits) {
    const int v = hex_digit(c);
    if (v < 0) {
      malformed("A chunk size is malformed.");
      return;
    }
    size = size * 16 + static_cast<std::uint64_t>(v);
  }
  if (size > max_body - std::min(max_body, body_size)) {
    state_ = State::kTooLarge;
    return;
  }
  left_ = size;
  part_ = size == 0 ? Part::kTrailer : Part::kData;
}

std::size_t ChunkedBody::malformed(std::string_view why) {
  state_ = State::kMalformed;
  why_ = why;
  return 0;
}

}  // namespace engine::net
