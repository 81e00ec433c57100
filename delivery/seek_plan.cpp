#include "delivery/seek_plan.h"

#include <algorithm>
#include <charconv>

#include "delivery/history.h"
#include "delivery/told.h"

namespace delivery {

using engine::Errc;
using engine::fail;
using engine::Result;

Result<SeekTarget> parse_seek_target(std::string_view text) {
  SeekTarget target;
  if (text == "now") return target;
  std::uint64_t number = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && bad == std::errc() && end == text.data() + text.size()) {
    target.offset = feed::Offset{number};
    return target;
  }
  target.time = engine::parse_rfc3339(text);
  if (!target.time) return fail(Errc::kMalformed, "to: \"" + std::string(text.substr(0, 64)) + "\": expected now, an offset, or a time like 2026-01-31T12:00:00Z");
  return target;
}

Result<feed::Offset> offset_of(const feed::RecordLog& log, const SeekTarget& target) {
  const feed::Offset first = log.first_offset(), end = log.high_watermark();
  if (target.offset) {
    if (*target.offset > end || *target.offset < first) {
      return fail(Errc::kMalformed, "to: offset " + std::to_string(target.offset->value) + " is not held; the log has " + std::to_string(first.value) + " to " + std::to_string(end.value));
    }
    return *target.offset;
  }
  if (!target.time) return end;
  return first_appended_since(log, *target.time);
}

Result<SeekPlan> plan_seek(const feed::RecordLog& log, const Selector& selector, feed::Offset from, feed::Offset to) {
  SeekPlan plan{from, to};
  feed::ScanRange range;
  range.from = std::min(from, to);
  range.end = std::max(from, to);
  plan.changes = range.end.value - range.from.value;
  std::uint64_t seen = 0;
  std::optional<engine::Error> damage;
  const auto count = [&](const feed::RecordRef& record) {
    if (seen == kCounted) return false;
    ++seen;
    auto change = feed::view_change(record.bytes);
    if (!change) {
      damage = change.error();
      return false;
    }
    if (told_of(*change) && selector.route(*change, record.offset).deliver) ++plan.deliveries;
    return true;
  };
  auto scanned = log.scan(range, engine::store::ReadFrom::kAnywhere, count);
  if (!scanned) return scanned.take_error();
  if (damage) return fail(damage->code, damage->detail);
  plan.exact = *scanned >= range.end;
  return plan;
}

}  // namespace delivery
