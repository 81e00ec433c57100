#include "delivery/history.h"

#include <algorithm>
#include <optional>

#include "delivery/log_reader.h"
#include "feed/change_codec.h"

namespace delivery {
namespace {

constexpr std::size_t kAnyBytes = 64u << 20;

struct Appended {
  feed::Offset offset;
  engine::WallTime at{};
};
/// The first record at or behind `from` and below `end`.
engine::Result<std::optional<Appended>> record_from(const feed::RecordLog& log, feed::Offset from, feed::Offset end) {
  std::optional<Appended> found;
  std::optional<engine::Error> damage;
  const auto visit = [&](const feed::RecordRef& record) {
    auto change = feed::view_change(record.bytes);
    if (change) {
      found = Appended{record.offset, change->appended_at};
    } else {
      damage = change.error();
    }
    return false;
  };
  feed::ScanRange range;
  range.from = from;
  range.end = end;
  if (auto scanned = log.scan(range, engine::store::ReadFrom::kAnywhere, visit); !scanned) return scanned.take_error();
  if (damage) return engine::fail(damage->code, damage->detail);
  return found;
}

}  // namespace

engine::Result<HistorySlice> read_history(const feed::RecordLog& log, const Selector& selector, feed::Offset from, feed::Offset end, std::size_t changes) {
  HistorySlice slice;
  slice.next = end;
  if (from >= end) return slice;
  SpareBodies none;
  const ReadBounds bounds{std::min<std::uint64_t>(changes, end.value - from.value), kAnyBytes};
  auto read = read_jobs(log, selector, from, bounds, engine::store::ReadFrom::kAnywhere, none);
  if (!read) return read.take_error();
  for (const NewJob& made : read->jobs) slice.offsets.push_back(made.job.offset);
  slice.next = std::min(end, read->next);
  return slice;
}

engine::Result<feed::Offset> first_appended_since(const feed::RecordLog& log, engine::WallTime t) {
  feed::Offset low{1}, high = log.high_watermark();
  while (low < high) {
    const feed::Offset middle{low.value + (high.value - low.value) / 2};
    auto record = record_from(log, middle, high);
    if (!record) return record.take_error();
    if (*record && (*record)->at < t) {
      low = feed::Offset{(*record)->offset.value + 1};
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace delivery
