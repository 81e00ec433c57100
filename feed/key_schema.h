#pragma once
// Every key the feed writes. Integers are big-endian, so that byte order is log order.
//
//   family      key                                  value                                    read by
//   changes     partition:u32 | offset:u64           change record (change_codec.h)           everything
//   latest      site:u8 | type | 00 | id             latest entry v1 (change_codec.h)         differ, show
//   superseded  partition:u32 | offset:u64           supersession v1 (change_codec.h)         feed scan, retention
//   positions   source name                          source position v1 (change_codec.h)      connectors, at start
//   zones       partition:u32 | zone:u64             zone v1 (zone_map.h)                      feed scan
//   checkpoints integration | 00 | resource          checkpoint v1 (checkpoints.h)            lag
//   by_sort, by_key, by_term                         see index_keys.h                         lists, shows, searches
//   meta        name, or name | partition:u32        see MetaKey                              opening, cursors
//
// Layouts are on disk: add a tag or a version, never reuse one. Pinned by key_schema_test.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/store.h"
#include "feed/ids.h"

namespace feed {

inline constexpr std::string_view kChangesFamily = "changes";
inline constexpr std::string_view kLatestFamily = "latest";
inline constexpr std::string_view kSupersededFamily = "superseded";
inline constexpr std::string_view kPositionsFamily = "positions";
inline constexpr std::string_view kZonesFamily = "zones";
inline constexpr std::string_view kMetaFamily = "meta";
inline constexpr std::string_view kBySortFamily = "by_sort";
inline constexpr std::string_view kByKeyFamily = "by_key";
inline constexpr std::string_view kByTermFamily = "by_term";
inline constexpr std::string_view kCheckpointsFamily = "checkpoints";

/// For engine::store::Options::families; other rooms add their own to the list.
std::vector<std::string> kFamilies();
/// For engine::store::Options::scanned_families.
std::vector<std::string> kScannedFamilies();

/// One site of a multi-site CMS; part of every key of a resource.
using Site = engine::StrongId<struct SiteTag, std::uint8_t>;
/// A run of kZoneOffsets offsets.
using Zone = engine::StrongId<struct ZoneTag>;
inline constexpr std::uint64_t kZoneOffsets = 1024;
inline Zone zone_of(Offset offset) { return Zone{offset.value / kZoneOffsets}; }

struct ChangeKey {
  Partition partition;
  Offset offset;
  friend bool operator==(const ChangeKey&, const ChangeKey&) = default;
};
struct ZoneKey {
  Partition partition;
  Zone zone;
  friend bool operator==(const ZoneKey&, const ZoneKey&) = default;
};

/// Key of `changes` and of `superseded`.
std::string encode(const ChangeKey& key);
std::optional<ChangeKey> decode_change_key(std::string_view bytes);
std::string encode(const ZoneKey& key);
std::optional<ZoneKey> decode_zone_key(std::string_view bytes);

/// Key of `latest`. A type has no NUL byte (asserted).
std::string latest_key(Site site, const ResourceKey& key);
/// What the latest keys of one type begin with.
std::string latest_prefix(Site site, std::string_view type);
std::optional<ResourceKey> decode_latest_key(std::string_view bytes);

/// Key of `checkpoints`. Neither name has a NUL byte (asserted).
std::string checkpoint_key(std::string_view integration, std::string_view resource);
/// What the checkpoint keys of one integration begin with.
std::string checkpoint_prefix(std::string_view integration);
struct CheckpointKey {
  std::string integration;
  std::string resource;
};
std::optional<CheckpointKey> decode_checkpoint_key(std::string_view bytes);

/// Names in `meta`.
enum class MetaKey {
  kLogId,          ///< 16 random bytes, made once
  kCursorKey,      ///< 32 random bytes, authenticate cursors
  kHighWatermark,  ///< per partition, u64
  kFirstOffset,    ///< per partition, u64; absent: 1
};
/// `partition` counts for the keys that have one.
std::string meta_key(MetaKey key, Partition partition = Partition{0});

/// The smallest key greater than every key that begins with `prefix`.
std::string after_prefix(std::string prefix);

}  // namespace feed
