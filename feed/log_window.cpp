#include "feed/log_window.h"

#include <algorithm>

namespace feed {

using engine::Errc;
using engine::WallTime;

LogPlace fresh_place(std::optional<WallTime> since) {
  LogPlace place;
  if (since) place.since = engine::floor_seconds(*since);
  place.whole = true;
  return place;
}

engine::Result<LogWindow> open_window(const RecordLog& log, const LogPlace& place, WallTime now) {
  if (!place.whole && place.position < log.first_offset()) {
    return engine::fail(Errc::kExpired, "Cursor is older than the retained history; read the lists, then continue from `page.resumeCursor`.");
  }
  const auto high = log.high_watermark();
  const auto furthest = place.window ? std::max(place.window->end, place.position) : place.position;
  if (furthest > high) {
    return engine::fail(Errc::kExpired, "Cursor is ahead of the change log; read the lists, then continue from `page.resumeCursor`.");
  }
  return LogWindow{place, place.window.value_or(CursorWindow{high, engine::floor_seconds(now)})};
}

engine::Result<void> still_kept(const RecordLog& log, const LogPlace& place) {
  if (!place.whole && place.position < log.first_offset()) return engine::fail(Errc::kExpired, "Retention passed the cursor while it was read.");
  return {};
}

bool recent_enough(const LogPlace& place, const ChangeView& change) {
  return !place.since || change.updated_at >= *place.since || change.appended_at >= *place.since;
}

Onward onward(const LogWindow& read, Offset next, WallTime now) {
  Onward out;
  out.resume = read.place;
  out.resume.position = next;
  if (next < read.window.end) {
    out.next = out.resume;
    out.next->window = read.window;
  } else {
    // All that follows is appended from now on: only a bound in the future still means something.
    out.resume.whole = false;
    if (out.resume.since && *out.resume.since <= now) out.resume.since.reset();
  }
  out.resume.window.reset();
  return out;
}

}  // namespace feed
