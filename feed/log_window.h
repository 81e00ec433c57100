#pragma once
// The rules of reading the log in windows, for /changes and the incremental lists: who may read on, from where, and what the next token says.

#include <optional>

#include "feed/change_codec.h"
#include "feed/cursor.h"
#include "feed/record_log.h"

namespace feed {

/// A place and the window it is in.
struct LogWindow {
  LogPlace place;
  CursorWindow window;
};

/// A reader that starts over: every resource's newest version, from `since` on.
LogPlace fresh_place(std::optional<engine::WallTime> since);
/// The window of a place, opened now where it has none. kExpired: retention or another log's life is in between.
engine::Result<LogWindow> open_window(const RecordLog& log, const LogPlace& place, engine::WallTime now);
/// To be asked when the window has been read: retention may run beside a reader. kExpired: it passed the place.
engine::Result<void> still_kept(const RecordLog& log, const LogPlace& place);
/// The change, or its arrival in the log, is not older than the place's `since`.
bool recent_enough(const LogPlace& place, const ChangeView& change);

struct Onward {
  std::optional<LogPlace> next;  ///< nullopt: the window has been read to its end
  LogPlace resume;
};
/// Where to read on after everything below `next` has been looked at.
Onward onward(const LogWindow& read, Offset next, engine::WallTime now);

/// When a token is issued, as it says it.
inline engine::WallTime issue_time(engine::WallTime now) { return std::chrono::floor<std::chrono::minutes>(now); }

}  // namespace feed
