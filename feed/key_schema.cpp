#include "feed/key_schema.h"

#include <cassert>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace feed {
namespace {

std::string pair_key(Partition partition, std::uint64_t number) {
  std::string out;
  engine::ByteWriter(out).big(partition.value).big(number);
  return out;
}

template <class Key, class Number>
std::optional<Key> decode_pair(std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto partition = in.big<std::uint32_t>();
  const auto number = in.big<std::uint64_t>();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return Key{Partition{partition}, Number{number}};
}

}  // namespace

std::vector<std::string> kFamilies() {
  std::vector<std::string> names;
  for (auto name : {kChangesFamily, kLatestFamily, kSupersededFamily, kPositionsFamily, kZonesFamily, kMetaFamily, kCheckpointsFamily, kBySortFamily,
                    kByKeyFamily, kByTermFamily}) {
    names.emplace_back(name);
  }
  return names;
}

std::vector<std::string> kScannedFamilies() { return {std::string(kSupersededFamily), std::string(kZonesFamily), std::string(kBySortFamily), std::string(kByKeyFamily), std::string(kByTermFamily)}; }

std::string encode(const ChangeKey& key) { return pair_key(key.partition, key.offset.value); }
std::string encode(const ZoneKey& key) { return pair_key(key.partition, key.zone.value); }
std::optional<ChangeKey> decode_change_key(std::string_view bytes) { return decode_pair<ChangeKey, Offset>(bytes); }
std::optional<ZoneKey> decode_zone_key(std::string_view bytes) { return decode_pair<ZoneKey, Zone>(bytes); }

std::string latest_prefix(Site site, std::string_view type) {
  assert(type.find('\0') == std::string_view::npos);
  std::string out;
  out.reserve(type.size() + 24);
  engine::ByteWriter(out).big(site.value).raw(type).big(std::uint8_t{0});
  return out;
}

std::string latest_key(Site site, const ResourceKey& key) { return latest_prefix(site, key.type) + key.id; }

std::optional<ResourceKey> decode_latest_key(std::string_view bytes) {
  const auto end_of_type = bytes.find('\0', 1);
  if (end_of_type == std::string_view::npos) return std::nullopt;
  return ResourceKey{std::string(bytes.substr(1, end_of_type - 1)), std::string(bytes.substr(end_of_type + 1))};
}

std::string checkpoint_prefix(std::string_view integration) {
  assert(integration.find('\0') == std::string_view::npos);
  return std::string(integration) + '\0';
}

std::string checkpoint_key(std::string_view integration, std::string_view resource) {
  assert(resource.find('\0') == std::string_view::npos);
  return checkpoint_prefix(integration).append(resource);
}

std::optional<CheckpointKey> decode_checkpoint_key(std::string_view bytes) {
  const auto end = bytes.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return CheckpointKey{std::string(bytes.substr(0, end)), std::string(bytes.substr(end + 1))};
}

std::string meta_key(MetaKey key, Partition partition) {
  std::string out;
  switch (key) {
    case MetaKey::kLogId: return "log_id";
    case MetaKey::kCursorKey: return "cursor_key";
    case MetaKey::kHighWatermark: out = "high_watermark"; break;
    case MetaKey::kFirstOffset: out = "first_offset"; break;
  }
  engine::ByteWriter(out).big(partition.value);
  return out;
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace feed
