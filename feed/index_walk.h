#pragma once
// Walks over ranges of the indexes. Part of ListReader.
//
// A suffix is what stands behind a range's prefix in a key: a sort value (or the instant of the last update) and an id. Ranges that are walked together
// have suffixes of one kind, so that a suffix they all have is a resource in all of them.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/store/store.h"
#include "feed/index_keys.h"

namespace feed {

/// What one page may cost; spent where it is 0.
struct WorkLeft {
  std::size_t keys = 0;     ///< keys passed
  std::size_t records = 0;  ///< records read

  /// False, and nothing is taken any more: spent.
  bool take_key(std::size_t cost = 1) { return take(keys, cost); }
  bool take_record() { return take(records, 1); }

 private:
  static bool take(std::size_t& from, std::size_t cost) {
    const bool enough = from >= cost;
    from = enough ? from - cost : 0;
    return enough;
  }
};

struct IndexRange {
  engine::store::Family family;
  std::string prefix;
  std::string lowest = {};  ///< suffixes below it are left out
};

/// The value and the id of a suffix.
struct SuffixParts {
  std::string_view value, id;
};
/// A suffix without an id gives an empty one.
SuffixParts split_suffix(Sort sort, std::string_view suffix);

/// The suffixes that all ranges have, in one direction.
class IndexWalk {
 public:
  IndexWalk(const engine::store::Store& store, const std::vector<IndexRange>& ranges, bool descending, engine::store::ReadFrom read);
  ~IndexWalk();

  enum class At { kSuffix, kEnd, kSpent };
  /// The first suffix behind `position`, or of all where there is none.
  engine::Result<At> start(const std::optional<std::string>& position, WorkLeft& work);
  /// Only at a suffix.
  engine::Result<At> next(WorkLeft& work);

  const std::string& suffix() const { return suffix_; }  ///< only at a suffix
  /// A suffix up to which (it included) everything has been given, or is not in all ranges. nullopt: nothing has been passed yet.
  const std::optional<std::string>& passed() const { return passed_; }

 private:
  class Range;
  bool before(std::string_view a, std::string_view b) const { return descending_ ? a > b : a < b; }
  engine::Result<At> agree(WorkLeft& work);

  std::vector<Range> ranges_;
  const bool descending_;
  std::string suffix_;
  std::optional<std::string> passed_;
};

/// The ids of a range, as they stand in keys (id_key), ascending and once each; nullopt: more than `most` keys, or the work is spent.
/// The id is what stands in a suffix behind the first `id_at` bytes, or behind its first 00 where `id_at` is kBehindNul.
inline constexpr std::size_t kBehindNul = static_cast<std::size_t>(-1);
engine::Result<std::optional<std::vector<std::string>>> ids_in(const engine::store::Store& store, const IndexRange& range, std::size_t id_at, std::size_t most,
                                                               engine::store::ReadFrom read, WorkLeft& work);

}  // namespace feed
