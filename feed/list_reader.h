#pragma once
// Lists, incremental lists and shows over the newest versions (contract craft-agents-api sections 8 to 10): by index, never by scanning a type.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "engine/store/store.h"
#include "feed/cursor.h"
#include "feed/index_keys.h"
#include "feed/rocks_change_log.h"
#include "feed/type_table.h"

namespace feed {

/// The resource has this value of the field; compared folded.
struct Condition {
  std::string field;
  std::string value;
  bool indexed = true;  ///< false: a fact that no index knows; only checked
};
/// A value of one of the fields holds this text somewhere; compared folded, only checked.
struct Contains {
  std::vector<std::string> fields;
  std::string text;
};
/// The field's first value is a decimal number of at most `most`.
struct AtMost {
  std::string field;
  std::int64_t most = 0;
};

struct ListOrder {
  Sort sort = Sort::kUpdated;
  bool descending = true;  ///< ids break ties in the same direction
};

struct ListRequest {
  std::string type;                         ///< of items: "entry"
  std::vector<Condition> conditions;        ///< all must hold
  std::vector<Contains> contains;           ///< all must hold
  std::vector<AtMost> bounds;               ///< all must hold
  std::string search;                       ///< every term begins a word of the resource; empty: no search
  std::optional<engine::WallTime> created_from;  ///< inclusive; a cursor is not bound to the instant, which may move from page to page
  bool created_from_if_full = false;        ///< an incremental list does not look at created_from
  ListOrder order;                          ///< of a full list
  bool incremental = false;                 ///< log order, from `since`; a cursor decides for itself
  std::optional<engine::WallTime> since;    ///< updatedSince; incremental only, not looked at with an incremental cursor; beside a full one a conflict
  bool counted_cursors = false;             ///< takes the reference's tokens that count too ({"offset":50}, contract 8.2)
  std::string cursor;                       ///< a token; empty: none given
  unsigned limit = 50;                      ///< 1..200, asserted
  engine::WallTime now{};
};

struct ListPage {
  std::vector<std::string> records;  ///< change records (view_change), in order
  bool incremental = false;          ///< which mode answered
  bool has_more = false;
  std::string next_cursor;           ///< empty where has_more is false
  std::string resume_cursor;         ///< never empty; an incremental position from which nothing of this list is missed later
  std::optional<engine::WallTime> since;  ///< incremental: lower bound of the window
  engine::WallTime snapshot_end{};        ///< incremental: when the window was opened, whole seconds
};

/// Reads what is listed (Visibility::list) and alive.
///
/// A full list pages by key: what changes while it is read is never doubled (but by a new title under a list by title), and is found from `resume_cursor`
/// on. An incremental list is a window of the log like /changes without tombstones; a resource that comes to belong to a filtered list by facts alone is in
/// it too. Cursors are bound to type, mode, order and every filter; `limit` may change from page to page. The reference's own tokens start over at the
/// `updatedSince` they carry, or at the place they count to. has_more is exact, but for filters that match rarely: after a bounded number of candidates a
/// page ends early with has_more true.
/// Threads: any number of callers. Blocking: with kAnywhere; with kCacheOnly never, and never for more than about a millisecond.
class ListReader {
 public:
  /// All outlive the reader.
  ListReader(const engine::store::Store& store, const RocksChangeLog& log, const TypeTable& types);
  ~ListReader();

  /// Errors: those of CursorCodec::decode (kConflict also for other filters or another order than the cursor's); kExpired where the cursor stands behind
  /// retention; kUnavailable: kCacheOnly, and a block is not in memory or the page is more work than a loop should do, ask again with kAnywhere; the store's.
  engine::Result<ListPage> page(const ListRequest& request, engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;
  /// The way back from a cursor that is gone: reads the same list, with the same filters, incrementally from its beginning.
  std::string earliest_cursor(const ListRequest& request) const;

  /// The record of one resource; nullopt: unknown, deleted or not listed.
  /// Errors here and below: kUnavailable as page(); the store's.
  engine::Result<std::optional<std::string>> by_id(std::string_view type, std::string_view id,
                                                   engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;
  /// The record with the lowest id among those that fulfil every condition (at least one of them indexed).
  engine::Result<std::optional<std::string>> first_match(std::string_view type, const std::vector<Condition>& conditions,
                                                         engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feed
