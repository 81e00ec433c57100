#include "replay/job_items.h"

#include <algorithm>

namespace replay {
namespace {

constexpr std::size_t kChangesPerCall = 8192;

Taken listed(const Selection& selection, std::uint64_t cursor, std::size_t limit) {
  Taken taken;
  const auto start = std::min<std::size_t>(cursor, selection.ids.size());
  const auto stop = std::min(selection.ids.size(), start + limit);
  for (auto i = start; i < stop; ++i) taken.items.push_back(selection.ids[i].value);
  taken.cursor = stop;
  taken.through = stop == selection.ids.size();
  return taken;
}

}  // namespace

engine::Result<Taken> JobItems::next(const Selection& selection, std::uint64_t cursor, std::size_t limit) const {
  switch (selection.source) {
    case Source::kIds: return listed(selection, cursor, limit);
    case Source::kDeadLetters: return letters(selection, cursor, limit);
    case Source::kHistory: return changes(selection, cursor, limit);
  }
  return engine::fail(engine::Errc::kMalformed, "replay job: source");
}

engine::Result<Taken> JobItems::letters(const Selection& selection, std::uint64_t cursor, std::size_t limit) const {
  std::vector<delivery::DeadLetterId> ids;
  auto reached = search_.ids(selection.filter, delivery::DeadLetterId{cursor}, selection.last, limit, ids);
  if (!reached) return reached.take_error();
  Taken taken;
  for (const auto id : ids) taken.items.push_back(id.value);
  taken.cursor = reached->value;
  taken.through = *reached >= selection.last;
  return taken;
}

engine::Result<Taken> JobItems::changes(const Selection& selection, std::uint64_t cursor, std::size_t limit) const {
  const feed::Offset from{std::max(cursor, selection.from.value)};
  // A few changes for a few items: what was read beyond the limit would be read again.
  auto slice = history_.read(selection.endpoint, from, selection.end, std::min(kChangesPerCall, std::max<std::size_t>(limit, 16) * 4));
  if (!slice) return slice.take_error();
  Taken taken;
  taken.cursor = slice->next.value;
  for (const auto offset : slice->offsets) {
    if (taken.items.size() == limit) {
      taken.cursor = offset.value;
      break;
    }
    taken.items.push_back(offset.value);
  }
  taken.through = taken.cursor >= selection.end.value;
  return taken;
}

}  // namespace replay
