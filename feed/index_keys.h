#pragma once
// Keys of the indexes over the newest versions. Byte order is the order of lists; layouts are on disk (see key_schema.h) and pinned by index_keys_test.cpp.
//
//   by_sort  site:u8 | type | 00 | sort:u8 | value | id                        lists in every order
//   by_key   site:u8 | type | 00 | field | 00 | value | 00 | updated:u64 | id   list filters, shows
//   by_term  site:u8 | type | 00 | word | 00 | id                              searches
//
// No key has a value: an entry is a hint to an id, and what `latest` says of the id decides. A reader drops an entry whose resource is gone, not listed,
// or no longer has the value; so entries of a large transaction may be written before its commit, and one that a crash leaves behind does no harm.
// Instants are whole seconds. A title stands with 00 behind it; titles and values are cut at kIndexedBytes (readers compare with the record's facts).
// An id is 01 and 8 bytes where it is a decimal number below 2^63 without leading zeros (numbers before texts, in their order), else 02 and its bytes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/utc.h"
#include "feed/key_schema.h"

namespace feed {

inline constexpr std::size_t kIndexedBytes = 200;

/// Values are on disk.
enum class Sort : std::uint8_t { kUpdated = 1, kCreated = 2, kTitle = 3 };

/// Of an instant, as it stands in keys.
std::string instant_key(engine::WallTime instant);
/// Of a folded title, as it stands in keys.
std::string title_key(std::string_view title);
std::string id_key(std::string_view id);
/// nullopt: no such bytes.
std::optional<std::string> decode_id_key(std::string_view bytes);

/// What the keys of one order begin with; a whole key adds the value's bytes and the id's.
std::string by_sort_prefix(Site site, std::string_view type, Sort sort);
/// What the keys of one value of a field begin with; a whole key adds the instant's bytes and the id's.
std::string by_key_prefix(Site site, std::string_view type, std::string_view field, std::string_view value);
/// What the keys of words that begin with `start` begin with.
std::string by_term_prefix(Site site, std::string_view type, std::string_view start);
std::string by_term_key(Site site, std::string_view type, std::string_view word, std::string_view id);

}  // namespace feed
