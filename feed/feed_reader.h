#pragma once
// Pages of /changes: an envelope's content around stored bytes (contract craft-agents-api sections 8.3 and 12).

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "engine/store/store.h"
#include "feed/cursor.h"
#include "feed/record_log.h"
#include "feed/type_table.h"

namespace feed {

struct PageRequest {
  TypeMask types = 0;                     ///< at least one type; a cursor's own types win
  std::optional<engine::WallTime> since = {};  ///< updatedSince; not looked at with a cursor
  std::string cursor = {};                ///< a token; empty: none given
  unsigned limit = 50;                    ///< 1..200, asserted
  engine::WallTime now{};
  std::string_view lead = {};             ///< what Page::items begins with, ahead of the first item; outlives the call
};

struct Page {
  /// The request's `lead`, then finished items {"resourceType":…,"resourceId":…,"action":…,"updatedAt":…,"snapshot":…}, separated by one comma each.
  std::string items;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;  ///< begin and end of each item in `items`
  bool has_more = false;
  std::string next_cursor;    ///< empty where has_more is false
  std::string resume_cursor;  ///< never empty
  std::optional<engine::WallTime> since;  ///< lower bound of the window
  engine::WallTime snapshot_end{};        ///< when the window was opened, whole seconds
  TypeMask types = 0;                     ///< the effective ones

  std::size_t count() const { return ranges.size(); }
  std::string_view item(std::size_t i) const { return std::string_view(items).substr(ranges[i].first, ranges[i].second - ranges[i].first); }
};

/// Reads the feed in windows: each resource once, at its newest change inside the window; tombstones included; what is not
/// feed-visible left out. `has_more` is exact, but for readers whose filters match rarely: after kScanBound records a page ends
/// early with has_more true, so that such a reader moves on.
///
/// Threads: any number of callers. Blocking: page() with kAnywhere may touch disk; with kCacheOnly never.
class FeedReader {
 public:
  static constexpr std::size_t kScanBound = 20000;

  /// Both outlive the reader.
  FeedReader(const RecordLog& log, const TypeTable& types);

  /// Errors: those of CursorCodec::decode; kExpired also where the cursor stands behind retention (410, see earliest_cursor);
  /// kUnavailable: kCacheOnly and a block is not in memory, ask again with kAnywhere; the log's.
  engine::Result<Page> page(const PageRequest& request, engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;

  /// The oldest position from which every change can still be read.
  std::string earliest_cursor(TypeMask types, engine::WallTime now) const;
  /// The same for the types that the request's cursor names, though it may be gone; for the request's own where it names none.
  std::string earliest_cursor(const PageRequest& request) const;
  /// The position that sees only what is appended from now on.
  std::string latest_cursor(TypeMask types, engine::WallTime now) const;
  /// The next offset a token's reader will look at (lag, waiting). Errors as page().
  engine::Result<Offset> position(std::string_view token, engine::WallTime now) const;

  /// How many changes, of every type, were appended behind a token's position. A token too old to read with still counts.
  /// Errors: those of CursorCodec::decode; kExpired also where the token is ahead of the log.
  engine::Result<std::uint64_t> changes_behind(std::string_view token) const;

  const TypeTable& types() const { return types_; }

 private:
  struct Plan;
  engine::Result<Plan> plan(const PageRequest& request) const;
  void finish(const Plan& plan, Offset next, engine::WallTime now, const std::string& given, Page& page) const;

  const RecordLog& log_;
  const TypeTable& types_;
  CursorCodec codec_;
};

}  // namespace feed
