#include "feed/full_list.h"

#include <algorithm>
#include <utility>

namespace feed {
namespace {

using engine::Errc;
using engine::store::ReadFrom;

constexpr WorkLeft kPageWork{20'000, 2'000};
constexpr WorkLeft kLoopWork{4'000, 300};  // about a millisecond
constexpr std::size_t kGathered = 4'000;   // ids of one range that are worth reading first
constexpr std::size_t kPicked = 1'500;     // resources worth looking at one by one
constexpr std::size_t kPickedByUpdate = kGathered;  // where `latest` says their place
constexpr std::size_t kPickedAtOnce = 200;
constexpr std::size_t kPage = 400;         // records that a page and what is dropped on its way may take
constexpr std::size_t kGatheredTerms = 8;
constexpr std::size_t kInstantBytes = 8;

std::string value_of(Sort sort, const ChangeView& change) {
  if (sort == Sort::kUpdated) return instant_key(change.updated_at);
  if (sort == Sort::kCreated) return instant_key(change.created_at);
  return title_key(FactsView(change.facts).title());
}

}  // namespace

// A resource with its place in the list; the record only where finding the place took it.
struct FullList::Candidate {
  std::string suffix, id;
  LatestEntry entry;
  std::string record;
};

FullList::FullList(const engine::store::Store& store, const RocksChangeLog& log, const ListFilter& filter, const ListRequest& request, Offset opened,
                   ReadFrom read)
    : store_(store),
      log_(log),
      filter_(filter),
      request_(request),
      opened_(opened),
      read_(read),
      records_(log, read),
      work_(read == ReadFrom::kCacheOnly ? kLoopWork : kPageWork) {}

engine::Result<FullPart> FullList::read(const std::optional<std::string>& position, std::uint64_t skip) {
  auto ids = narrowed();
  if (!ids) return ids.take_error();
  const auto most = request_.order.sort == Sort::kUpdated ? kPickedByUpdate : kPicked;
  if (!*ids || (*ids)->size() > most) return walk(position, skip, *ids);
  if ((*ids)->size() > kPickedAtOnce) {
    // Where they lie close together in the order, walking finds a page sooner; it may cost half of what picking does.
    const auto all = std::exchange(work_, WorkLeft{(*ids)->size() / 2, std::min(work_.records, kPage)});
    auto part = walk(position, skip, *ids);
    const bool early = part && part->onward && part->records.size() < request_.limit;
    if (!early && (part || part.error().code != Errc::kUnavailable)) return part;
    work_ = all;
  }
  return pick(position, skip, **ids);
}

// The order of by_key is that of the last update.
bool FullList::leaps() const {
  const auto& conditions = filter_.conditions();
  return request_.order.sort == Sort::kUpdated && std::any_of(conditions.begin(), conditions.end(), [](const Condition& c) { return c.indexed; });
}

std::vector<IndexRange> FullList::ranges() const {
  std::vector<IndexRange> out;
  if (leaps()) {
    for (const auto& condition : filter_.conditions()) {
      if (condition.indexed) out.push_back({store_.family(kByKeyFamily), by_key_prefix(log_.site(), request_.type, condition.field, condition.value)});
    }
    return out;
  }
  IndexRange range{store_.family(kBySortFamily), by_sort_prefix(log_.site(), request_.type, request_.order.sort)};
  if (request_.order.sort == Sort::kCreated && request_.created_from) range.lowest = instant_key(*request_.created_from);
  out.push_back(std::move(range));
  return out;
}

// The ids that are in all of the ranges the walk does not know of and that are not too long; nullopt: all are too long, or there are none.
engine::Result<std::optional<FullList::Ids>> FullList::narrowed() const {
  std::optional<Ids> all;
  const auto narrow = [&](const IndexRange& range, std::size_t id_at) -> engine::Result<void> {
    WorkLeft work{kGathered, 0};
    auto ids = ids_in(store_, range, id_at, kGathered, read_, work);
    if (!ids) return ids.take_error();
    if (!*ids) return read_ == ReadFrom::kCacheOnly ? spent() : engine::ok();
    if (!all) {
      all = std::move(**ids);
      return {};
    }
    Ids both;
    std::set_intersection(all->begin(), all->end(), (*ids)->begin(), (*ids)->end(), std::back_inserter(both));
    all = std::move(both);
    return {};
  };
  const auto& terms = filter_.terms();
  for (std::size_t i = 0; i < std::min(terms.size(), kGatheredTerms); ++i) {
    auto done = narrow({store_.family(kByTermFamily), by_term_prefix(log_.site(), request_.type, terms[i])}, kBehindNul);
    if (!done) return done.take_error();
  }
  if (leaps()) return all;
  for (const auto& condition : filter_.conditions()) {
    if (!condition.indexed) continue;
    auto done = narrow({store_.family(kByKeyFamily), by_key_prefix(log_.site(), request_.type, condition.field, condition.value)}, kInstantBytes);
    if (!done) return done.take_error();
  }
  return all;
}

engine::Result<void> FullList::spent() const {
  if (read_ == ReadFrom::kCacheOnly) return engine::fail(Errc::kUnavailable, "list: more work than a loop should do");
  return {};
}

engine::Result<FullPart> FullList::walk(const std::optional<std::string>& position, std::uint64_t skip, const std::optional<Ids>& ids) {
  const bool counted = filter_.everything(false);
  if (skip > work_.keys && read_ == ReadFrom::kCacheOnly) return spent().take_error();
  work_.keys += counted ? skip : 0;
  FullPart part;
  IndexWalk walk(store_, ranges(), request_.order.descending, read_);
  auto at = walk.start(position, work_);
  for (; at && *at == IndexWalk::At::kSuffix; at = walk.next(work_)) {
    if (ids && !std::binary_search(ids->begin(), ids->end(), split_suffix(request_.order.sort, walk.suffix()).id, std::less<>())) continue;
    if (counted && skip > 0) {
      --skip;
      continue;
    }
    if (!work_.take_record()) break;
    auto found = match(walk.suffix());
    if (!found) return found.take_error();
    if (!*found) continue;
    if (skip > 0) {
      --skip;
      continue;
    }
    if (part.records.size() == request_.limit) {
      part.onward = walk.passed();
      return part;
    }
    part.records.push_back(std::move(**found));
  }
  if (!at) return at.take_error();
  if (*at == IndexWalk::At::kEnd) return part;
  if (auto allowed = spent(); !allowed) return allowed.take_error();
  part.onward = walk.passed();
  return part;
}

engine::Result<std::optional<LatestEntry>> FullList::entry(const std::string& id) const {
  auto entry = records_.entry(request_.type, id);
  if (entry && *entry && request_.order.sort == Sort::kUpdated && (*entry)->latest.offset >= opened_) return std::optional<LatestEntry>();
  return entry;
}

// The record of what a key names, where all that is asked holds.
engine::Result<std::optional<std::string>> FullList::match(std::string_view suffix) const {
  const auto none = std::optional<std::string>();
  const auto parts = split_suffix(request_.order.sort, suffix);
  const auto id = decode_id_key(parts.id);
  if (!id) return none;
  auto entry = this->entry(*id);
  if (!entry) return entry.take_error();
  if (!*entry) return none;
  if (request_.order.sort == Sort::kUpdated && instant_key((*entry)->latest.updated_at) != parts.value) return none;
  auto record = records_.record(request_.type, *id, **entry);
  if (!record) return record.take_error();
  if (!*record) return none;
  auto change = view_change(**record);
  if (!change) return change.take_error();
  if (value_of(request_.order.sort, *change) != parts.value || !filter_.matches(*change, false)) return none;
  return record;
}

engine::Result<std::optional<FullList::Candidate>> FullList::candidate(const std::string& id_bytes) const {
  const auto none = std::optional<Candidate>();
  auto id = decode_id_key(id_bytes);
  if (!id) return none;
  auto entry = this->entry(*id);
  if (!entry) return entry.take_error();
  if (!*entry) return none;
  Candidate out{instant_key((*entry)->latest.updated_at), std::move(*id), **entry, {}};
  if (request_.order.sort != Sort::kUpdated) {
    auto record = records_.record(request_.type, out.id, out.entry);
    if (!record) return record.take_error();
    if (!*record) return none;
    auto change = view_change(**record);
    if (!change) return change.take_error();
    out.suffix = value_of(request_.order.sort, *change);
    out.record = std::move(**record);
  }
  out.suffix += id_bytes;
  return std::optional(std::move(out));
}

engine::Result<FullPart> FullList::pick(const std::optional<std::string>& position, std::uint64_t skip, const Ids& ids) {
  if (ids.size() > work_.records) {
    if (auto allowed = spent(); !allowed) return allowed.take_error();
  }
  const bool descending = request_.order.descending;
  const auto before = [descending](const std::string& a, const std::string& b) { return descending ? a > b : a < b; };
  std::vector<Candidate> candidates;
  for (const auto& id : ids) {
    auto one = candidate(id);
    if (!one) return one.take_error();
    if (*one && (!position || before(*position, (*one)->suffix))) candidates.push_back(std::move(**one));
  }
  std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) { return before(a.suffix, b.suffix); });
  FullPart part;
  std::optional<std::string> passed;
  for (auto& one : candidates) {
    if (one.record.empty()) {
      auto record = records_.record(request_.type, one.id, one.entry);
      if (!record) return record.take_error();
      if (!*record) continue;
      one.record = std::move(**record);
    }
    auto change = view_change(one.record);
    if (!change) return change.take_error();
    if (!filter_.matches(*change, false) || !one.suffix.starts_with(value_of(request_.order.sort, *change))) continue;
    if (part.records.size() == request_.limit) {
      part.onward = passed;
      return part;
    }
    passed = one.suffix;
    if (skip > 0) {
      --skip;
      continue;
    }
    part.records.push_back(std::move(one.record));
  }
  return part;
}

}  // namespace feed
