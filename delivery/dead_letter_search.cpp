#include "delivery/dead_letter_search.h"

#include <algorithm>

namespace delivery {
namespace {

/// The part of the ids that a filter's times leave.
engine::Result<DeadLetters::Range> bounded(const DeadLetters& letters, const DeadLetterFilter& filter, DeadLetters::Range range) {
  range.endpoint = filter.endpoint;
  if (filter.since) {
    auto first = letters.first_since(*filter.since);
    if (!first) return first.take_error();
    range.above = std::max(range.above, DeadLetterId{first->value - 1});
  }
  if (filter.before) {
    auto end = letters.first_since(*filter.before);
    if (!end) return end.take_error();
    range.below = std::min(range.below, *end);
  }
  return range;
}

/// Newest first below `below`; `take` says no to stop behind the note it got.
template <class Take>
engine::Result<DeadLetterId> walk_back(const DeadLetters& letters, const DeadLetterFilter& filter, DeadLetterId below, std::size_t budget, const Take& take) {
  if (below == DeadLetterId{}) below = DeadLetterId{letters.newest().value + 1};
  auto range = bounded(letters, filter, {.above = {}, .below = below});
  if (!range) return range.take_error();
  DeadLetterId stopped{};
  std::size_t seen = 0;
  const auto visit = [&](const DeadLetterNote& note) {
    const bool more = !matches(filter, note) || take(note);
    if (more && ++seen < budget) return true;
    stopped = note.id.value > range->above.value + 1 ? note.id : DeadLetterId{};
    return false;
  };
  if (auto walked = letters.visit(*range, visit); !walked) return walked.take_error();
  return stopped;
}

std::string key_of(GroupBy by, const DeadLetterNote& note) {
  switch (by) {
    case GroupBy::kCause: return std::string(name(note.cause));
    case GroupBy::kError: return note.error;
    case GroupBy::kEndpoint: return note.endpoint;
    case GroupBy::kResourceType: return note.key.type;
  }
  return {};
}

}  // namespace

std::string_view name(GroupBy by) {
  switch (by) {
    case GroupBy::kCause: return "cause";
    case GroupBy::kError: return "error";
    case GroupBy::kEndpoint: return "endpoint";
    case GroupBy::kResourceType: return "resourceType";
  }
  return "cause";
}

engine::Result<DeadLetterId> DeadLetterSearch::list(const DeadLetterFilter& filter, DeadLetterId below, std::size_t limit, std::vector<DeadLetter>& into,
                                                    std::size_t budget) const {
  std::vector<DeadLetterId> found;
  const auto take = [&](const DeadLetterNote& note) {
    found.push_back(note.id);
    return into.size() + found.size() < limit;
  };
  auto next = walk_back(letters_, filter, below, budget, take);
  if (!next) return next;
  for (const DeadLetterId id : found) {
    auto letter = letters_.get(id);
    if (!letter && letter.error().code == engine::Errc::kNotFound) continue;  // erased beside this walk
    if (!letter) return letter.take_error();
    if (matches(filter, note_of(*letter))) into.push_back(std::move(*letter));  // it may have moved on beside this walk
  }
  return next;
}

engine::Result<DeadLetterId> DeadLetterSearch::count(const DeadLetterFilter& filter, DeadLetterId below, std::uint64_t& into, std::size_t budget) const {
  const auto take = [&into](const DeadLetterNote&) { return ++into > 0; };
  return walk_back(letters_, filter, below, budget, take);
}

engine::Result<DeadLetterId> DeadLetterSearch::group(const DeadLetterFilter& filter, GroupBy by, DeadLetterId below, DeadLetterGroups& into,
                                                     std::size_t budget) const {
  const auto take = [&](const DeadLetterNote& note) {
    auto key = key_of(by, note);
    if (into.groups.size() >= DeadLetterGroups::kMaxGroups && !into.groups.contains(key)) {
      ++into.others;
      return true;
    }
    auto& group = into.groups[std::move(key)];
    if (group.count++ == 0) {
      group.sample = note.id;
      group.first = group.last = note.created;
    }
    group.first = std::min(group.first, note.created);
    group.last = std::max(group.last, note.created);
    return true;
  };
  return walk_back(letters_, filter, below, budget, take);
}

engine::Result<DeadLetterId> DeadLetterSearch::ids(const DeadLetterFilter& filter, DeadLetterId after, DeadLetterId last, std::size_t limit,
                                                   std::vector<DeadLetterId>& into, std::size_t budget) const {
  auto range = bounded(letters_, filter, {.above = after, .below = DeadLetterId{last.value + 1}, .endpoint = {}, .newest_first = false});
  if (!range) return range.take_error();
  std::size_t seen = 0;
  DeadLetterId reached = last;
  const auto visit = [&](const DeadLetterNote& note) {
    if (matches(filter, note)) into.push_back(note.id);
    if (into.size() < limit && ++seen < budget) return true;
    reached = note.id;
    return false;
  };
  if (auto walked = letters_.visit(*range, visit); !walked) return walked.take_error();
  return reached;
}

}  // namespace delivery
