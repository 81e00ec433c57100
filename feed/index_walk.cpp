#include "feed/index_walk.h"

#include <algorithm>

#include "feed/key_schema.h"

namespace feed {

using engine::store::ReadFrom;
using engine::store::Store;

namespace {
constexpr std::size_t kSeekCost = 4;  // in keys passed
constexpr std::size_t kInstantBytes = 8;
}  // namespace

SuffixParts split_suffix(Sort sort, std::string_view suffix) {
  const auto end = sort == Sort::kTitle ? std::min(suffix.find('\0'), suffix.size() - 1) + 1 : std::min(kInstantBytes, suffix.size());
  return {suffix.substr(0, end), suffix.substr(end)};
}

class IndexWalk::Range {
 public:
  Range(const Store& store, const IndexRange& range, bool descending, ReadFrom read)
      : prefix_(range.prefix),
        lower_(range.prefix + range.lowest),
        upper_(after_prefix(range.prefix)),
        descending_(descending),
        it_(store.iterate(range.family, lower_, upper_, read)) {}

  bool valid() const { return it_.valid(); }
  engine::Result<void> status() const { return it_.status(); }
  std::string_view suffix() const { return it_.key().substr(prefix_.size()); }
  void first() { descending_ ? it_.seek_for_prev(upper_) : it_.seek(lower_); }
  void advance() { descending_ ? it_.prev() : it_.next(); }
  // To the first suffix that is not before `suffix`.
  void reach(std::string_view suffix) {
    const auto key = prefix_ + std::string(suffix);
    if (!descending_) return it_.seek(std::max(key, lower_));
    it_.seek_for_prev(key);
  }

 private:
  std::string prefix_, lower_, upper_;
  bool descending_;
  engine::store::Iterator it_;
};

IndexWalk::IndexWalk(const Store& store, const std::vector<IndexRange>& ranges, bool descending, ReadFrom read) : descending_(descending) {
  for (const auto& range : ranges) ranges_.emplace_back(store, range, descending, read);
}

IndexWalk::~IndexWalk() = default;

engine::Result<IndexWalk::At> IndexWalk::start(const std::optional<std::string>& position, WorkLeft& work) {
  passed_ = position;
  Range& leader = ranges_.front();
  if (position) {
    leader.reach(*position);
    if (leader.valid() && leader.suffix() == *position) leader.advance();
  } else {
    leader.first();
  }
  for (auto range = ranges_.begin() + 1; range != ranges_.end(); ++range) position ? range->reach(*position) : range->first();
  return agree(work);
}

engine::Result<IndexWalk::At> IndexWalk::next(WorkLeft& work) {
  passed_ = suffix_;
  ranges_.front().advance();
  return agree(work);
}

// Leaps every range to where the furthest stands, until all stand at one suffix.
engine::Result<IndexWalk::At> IndexWalk::agree(WorkLeft& work) {
  std::size_t agreeing = 0;
  for (std::size_t i = 0; agreeing < ranges_.size(); i = (i + 1) % ranges_.size()) {
    Range& range = ranges_[i];
    if (agreeing > 0 && range.valid() && before(range.suffix(), suffix_)) {
      if (!work.take_key(kSeekCost)) return At::kSpent;
      range.reach(suffix_);
    }
    if (!range.valid()) {
      auto status = range.status();
      if (!status) return status.take_error();
      return At::kEnd;
    }
    if (agreeing > 0 && range.suffix() == suffix_) {
      ++agreeing;
      continue;
    }
    if (agreeing > 0) passed_ = suffix_;
    suffix_ = range.suffix();
    agreeing = 1;
  }
  if (!work.take_key()) return At::kSpent;
  return At::kSuffix;
}

engine::Result<std::optional<std::vector<std::string>>> ids_in(const Store& store, const IndexRange& range, std::size_t id_at, std::size_t most, ReadFrom read,
                                                               WorkLeft& work) {
  std::vector<std::string> ids;
  auto it = store.iterate(range.family, range.prefix, after_prefix(range.prefix), read);
  for (it.seek(range.prefix); it.valid(); it.next()) {
    if (ids.size() == most || !work.take_key()) return std::optional<std::vector<std::string>>();
    const auto suffix = it.key().substr(range.prefix.size());
    const auto begin = id_at == kBehindNul ? std::min(suffix.find('\0'), suffix.size() - 1) + 1 : std::min(id_at, suffix.size());
    ids.emplace_back(suffix.substr(begin));
  }
  auto status = it.status();
  if (!status) return status.take_error();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return std::optional(std::move(ids));
}

}  // namespace feed
