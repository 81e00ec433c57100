#include "engine/net/http_syntax.h"

#include <algorithm>
#include <array>
#include <cstring>

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
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

bool has_line_end(std::string_view text) {
  return text.find('\n') != text.npos || text.find('\r') != text.npos || text.find('\0') != text.npos;
}

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

Framing framing_of(const std::vector<Header>& headers) {
  const Header* length = nullptr;
  const Header* coding = nullptr;
  Framing framing;
  for (const auto& header : headers) {
    const bool is_length = equal_ignoring_case(header.name, "content-length");
    if (!is_length && !equal_ignoring_case(header.name, "transfer-encoding")) continue;
    auto& known = is_length ? length : coding;
    if (known) framing.refused = is_length ? "Content-Length is given twice." : "Transfer-Encoding is given twice.";
    known = &header;
  }
  if (!framing.refused.empty()) return framing;
  if (length && coding) {
    framing.refused = "Content-Length and Transfer-Encoding exclude each other.";
  } else if (coding) {
    framing.kind = Framing::Kind::kChunked;
    if (equal_ignoring_case(coding->value, "chunked")) return framing;
    framing.refused = "Only the transfer coding chunked is supported.";
    framing.unknown_coding = true;
  } else if (length) {
    framing.kind = Framing::Kind::kLength;
    const auto n = parse_decimal(length->value);
    framing.length = n.value_or(0);
    if (!n) framing.refused = "Content-Length is not a number.";
  }
  return framing;
}

bool connection_says(const std::vector<Header>& headers, std::string_view token) {
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.name, "connection")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto item = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(item.size() + 1, rest.size()));
      if (equal_ignoring_case(trim(item), token)) return true;
    }
  }
  return false;
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
