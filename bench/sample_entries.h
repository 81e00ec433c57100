#pragma once
// Entries with facts for benchmarks of lists.

#include "bench/sample_log.h"

namespace bench {

/// The words every search benchmark looks for, and of how many entries each is one: every 2nd, 30th, 1,000th.
inline constexpr std::string_view kHalf = "half", kSome = "some", kRare = "rare";
inline bool has_word(std::string_view word, std::uint64_t id) { return id % (word == kHalf ? 2 : word == kSome ? 30 : 1000) == 0; }

/// `count` entries with ids from 1, each a second newer than the one before, of about 600 bytes.
engine::Result<void> append_entries(feed::RocksChangeLog& log, std::size_t count);

}  // namespace bench
