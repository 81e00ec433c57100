#include "feed/zone_map.h"

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace feed {
namespace {
constexpr std::uint8_t kVersion = 1;
}  // namespace

std::uint64_t type_bit(std::string_view type) {
  std::uint64_t hash = 14695981039346656037ull;  // FNV-1a
  for (unsigned char c : type) hash = (hash ^ c) * 1099511628211ull;
  return 1ull << (hash >> 58);
}

void ZoneSummary::add(std::string_view type, engine::WallTime updated_at, engine::WallTime appended_at) {
  newest = std::max({newest, updated_at, appended_at});
  types |= type_bit(type);
}

void ZoneSummary::add(const ZoneSummary& other) {
  newest = std::max(newest, other.newest);
  types |= other.types;
}

std::string encode_zone(const ZoneSummary& zone) {
  std::string out;
  engine::ByteWriter(out).big(kVersion).big(static_cast<std::uint64_t>(zone.newest.time_since_epoch().count())).big(zone.types);
  return out;
}

engine::Result<ZoneSummary> decode_zone(std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto version = in.big<std::uint8_t>();
  if (version > kVersion) return engine::fail(engine::Errc::kUnsupported, "zone: version " + std::to_string(version));
  ZoneSummary zone;
  zone.newest = engine::WallTime{std::chrono::microseconds{static_cast<std::int64_t>(in.big<std::uint64_t>())}};
  zone.types = in.big<std::uint64_t>();
  if (version != kVersion || !in.ok() || !in.at_end()) return engine::fail(engine::Errc::kMalformed, "zone: not what its version allows");
  return zone;
}

}  // namespace feed
