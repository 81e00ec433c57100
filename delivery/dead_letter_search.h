#pragma once
// Dead letters as an operator looks for them: filtered, counted, grouped; a bounded piece of work per call.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "delivery/dead_letter_note.h"

namespace delivery {

inline constexpr std::size_t kSearchBudget = 20'000;  ///< notes read per call: some 20 ms of one core

/// What a group has in common.
enum class GroupBy : std::uint8_t { kCause, kError, kEndpoint, kResourceType };
/// "cause", "error", "endpoint", "resourceType".
std::string_view name(GroupBy by);

struct DeadLetterGroup {
  std::uint64_t count = 0;
  engine::WallTime first{}, last{};  ///< when the oldest and the newest were given up
  DeadLetterId sample;               ///< the newest
};
/// By the text they have in common; at most kMaxGroups, what comes beyond counts in `others`.
struct DeadLetterGroups {
  static constexpr std::size_t kMaxGroups = 200;
  std::map<std::string, DeadLetterGroup, std::less<>> groups{};
  std::uint64_t others = 0;
};

/// Every search walks back from the newest letter, or forward for those who work them off, and stops after `budget` notes. What it
/// returns is where the next call goes on; a zero id says that it is through. Letters that change meanwhile are seen as they are when passed.
///
/// Blocking. Threads: any. Errors: the store's; kMalformed for damage.
class DeadLetterSearch {
 public:
  explicit DeadLetterSearch(const DeadLetters& letters) : letters_(letters) {}

  /// Appends matching letters below `below` (zero: from the newest), newest first, until `into` holds `limit`.
  engine::Result<DeadLetterId> list(const DeadLetterFilter& filter, DeadLetterId below, std::size_t limit, std::vector<DeadLetter>& into,
                                    std::size_t budget = kSearchBudget) const;
  /// Adds the number of matching letters below `below` to `into`.
  engine::Result<DeadLetterId> count(const DeadLetterFilter& filter, DeadLetterId below, std::uint64_t& into, std::size_t budget = kSearchBudget) const;
  engine::Result<DeadLetterId> group(const DeadLetterFilter& filter, GroupBy by, DeadLetterId below, DeadLetterGroups& into,
                                     std::size_t budget = kSearchBudget) const;
  /// Appends matching ids above `after` and up to `last`, oldest first, until `into` holds `limit`. Returns the last id that was looked at;
  /// `last` when there is no more.
  engine::Result<DeadLetterId> ids(const DeadLetterFilter& filter, DeadLetterId after, DeadLetterId last, std::size_t limit, std::vector<DeadLetterId>& into,
                                   std::size_t budget = kSearchBudget) const;
  /// The id of the newest letter; zero: there is none.
  DeadLetterId newest() const { return letters_.newest(); }

 private:
  const DeadLetters& letters_;
};

}  // namespace delivery
