#include "feed/incremental_list.h"

#include <algorithm>

#include "feed/feed_reader.h"

namespace feed {

using engine::store::ReadFrom;
using engine::WallTime;

namespace {
constexpr std::size_t kNoteCost = 20;  // of looking a resource up, in records passed
}

struct IncrementalList::Found {
  Offset offset;
  std::string record;
  bool is_note = false;  // `record` is the note's, until it is resolved
};

IncrementalList::IncrementalList(const RocksChangeLog& log, const ListFilter& filter, const LogWindow& window, Offset opened, ReadFrom read)
    : log_(log), filter_(filter), window_(window), opened_(opened), read_(read), records_(log, read), work_(FeedReader::kScanBound) {}

engine::Result<IncrementalPart> IncrementalList::read(const std::string& type, unsigned limit) {
  type_ = type;
  std::vector<Found> found;
  Offset next = window_.place.position;
  while (found.size() <= limit && next < window_.window.end && work_ > 0) {
    std::vector<Found> more;
    auto stopped = gather(next, limit + 1 - found.size(), more);
    if (!stopped) return stopped.take_error();
    next = *stopped;
    auto resolved = resolve_notes(more);
    if (!resolved) return resolved.take_error();
    for (auto& one : more) found.push_back(std::move(one));
  }
  if (found.size() > limit) {
    next = found[limit].offset;
    found.resize(limit);
  }
  IncrementalPart part;
  part.next = next;
  for (auto& one : found) part.records.push_back(std::move(one.record));
  return part;
}

// Up to `most` changes that belong to the list, and notes that may. Returns where to go on.
engine::Result<Offset> IncrementalList::gather(Offset from, std::size_t most, std::vector<Found>& found) {
  const auto end = window_.window.end;
  const bool notes_count = !filter_.everything(true);
  std::optional<engine::Error> damage;
  bool first = true;
  const auto take = [&](const RecordRef& record) {
    if (found.size() == most || (work_ == 0 && !first)) return false;
    first = false;
    work_ -= work_ > 0 ? 1 : 0;
    const bool note = record.superseded_by == record.offset;
    if (note ? !notes_count : record.superseded_by < end) return true;
    auto change = view_change(record.bytes);
    if (!change) {
      damage = change.error();
      return false;
    }
    if (note) {
      if (change->type != type_) return true;
      work_ -= std::min(work_, kNoteCost);
      found.push_back({record.offset, std::string(record.bytes), true});
    } else if (recent_enough(window_.place, *change) && filter_.matches(*change, true)) {
      found.push_back({record.offset, std::string(record.bytes)});
    }
    return true;
  };
  auto stopped = log_.scan({from, end, type_bit(type_), window_.place.since.value_or(WallTime::min())}, read_, take);
  if (damage) return tl::unexpected<engine::Error>(std::move(*damage));
  return stopped;
}

engine::Result<void> IncrementalList::resolve_notes(std::vector<Found>& found) const {
  std::vector<Found> kept;
  for (auto& one : found) {
    if (one.is_note) {
      auto belongs = resolve(one);
      if (!belongs) return belongs.take_error();
      if (!*belongs) continue;
    }
    kept.push_back(std::move(one));
  }
  found = std::move(kept);
  return {};
}

// Puts the resource's record in the note's place. False: a later note or change tells of it, the window gives it at its change, or it does not belong.
engine::Result<bool> IncrementalList::resolve(Found& found) const {
  auto note = view_change(found.record);
  if (!note) return note.take_error();
  auto entry = records_.entry(note->type, note->id);
  if (!entry) return entry.take_error();
  if (!*entry || (*entry)->noted != found.offset || (*entry)->latest.offset > found.offset) return false;
  if (window_.place.since && note->appended_at < *window_.place.since) return false;
  auto record = records_.record(note->type, note->id, **entry);
  if (!record) return record.take_error();
  if (!*record) return false;
  auto change = view_change(**record);
  if (!change) return change.take_error();
  const bool at_its_change = (*entry)->latest.offset >= opened_ && recent_enough(window_.place, *change);
  if (at_its_change || !filter_.matches(*change, true)) return false;
  found.record = std::move(**record);
  found.is_note = false;
  return true;
}

}  // namespace feed
