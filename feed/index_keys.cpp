#include "feed/index_keys.h"

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace feed {
namespace {

constexpr char kNumber = 1, kText = 2;
constexpr std::uint64_t kBias = std::uint64_t{1} << 63;  // instants before 1970 come first

// A NUL would end the text early.
std::string plain(std::string_view text) {
  std::string out(text.substr(0, kIndexedBytes));
  out.erase(std::remove(out.begin(), out.end(), '\0'), out.end());
  return out;
}

std::optional<std::uint64_t> number_of(std::string_view id) {
  if (id.empty() || id.size() > 18 || (id.size() > 1 && id[0] == '0')) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : id) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

}  // namespace

std::string instant_key(engine::WallTime instant) {
  std::string out;
  engine::ByteWriter(out).big(static_cast<std::uint64_t>(engine::unix_seconds(instant)) ^ kBias);
  return out;
}

std::string title_key(std::string_view title) { return plain(title) + '\0'; }

std::string id_key(std::string_view id) {
  std::string out;
  if (const auto number = number_of(id)) {
    out += kNumber;
    engine::ByteWriter(out).big(*number);
  } else {
    out += kText;
    out += id;
  }
  return out;
}

std::optional<std::string> decode_id_key(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  if (bytes[0] == kText) return std::string(bytes.substr(1));
  engine::ByteCursor in(bytes.substr(1));
  const auto number = in.big<std::uint64_t>();
  if (bytes[0] != kNumber || !in.ok() || !in.at_end()) return std::nullopt;
  return std::to_string(number);
}

std::string by_sort_prefix(Site site, std::string_view type, Sort sort) {
  return latest_prefix(site, type) + static_cast<char>(sort);
}

std::string by_key_prefix(Site site, std::string_view type, std::string_view field, std::string_view value) {
  auto out = latest_prefix(site, type);
  out.append(field).append(1, '\0').append(plain(value)).append(1, '\0');
  return out;
}

std::string by_term_prefix(Site site, std::string_view type, std::string_view start) { return latest_prefix(site, type).append(start); }

std::string by_term_key(Site site, std::string_view type, std::string_view word, std::string_view id) {
  return by_term_prefix(site, type, word).append(1, '\0').append(id_key(id));
}

}  // namespace feed
