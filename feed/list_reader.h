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
/// The first value of one of the fields holds this text somewhere; compared folded, only checked.
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
  std::optional<engine::WallTime> since;    ///< updatedSince; incremental only, not looked at with a cursor
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
/// A full list pages by key: what moves while it is read is never doubled, and is found from `resume_cursor` on. An incremental list is a window of the log
/// like /changes without tombstones. Cursors are bound to type, mode, order and every filter; `limit` may change from page to page. has_more is exact, but
/// for filters that match rarely: after a bounded number of candidates a page ends early with has_more true.
/// Threads: any number of callers. Blocking: yes; with kCacheOnly never.
class ListReader {
 public:
  /// All outlive the reader.
  ListReader(const engine::store::Store& store, const RocksChangeLog& log, const TypeTable& types);
  ~ListReader();

  /// Errors: those of CursorCodec::decode (kConflict also for other filters or another order than the cursor's); kExpired where the cursor stands behind
  /// retention; kUnavailable: kCacheOnly and a block is not in memory, ask again with kAnywhere; the store's.
  engine::Result<ListPage> page(const ListRequest& request, engine::store::ReadFrom read = engine::store::ReadFrom::kAnywhere) const;
  /// The way back from a cursor that is gone: the oldest position from which the same list, with the same filters, can be read incrementally.
  std::string earliest_cursor(const ListRequest& request) const;

  /// The record of one resource; nullopt: unknown, deleted or not listed.
  engine::Result<std::optional<std::string>> by_id(std::string_view type, std::string_view id) const;
  /// The record with the lowest id among those that fulfil every condition (at least one of them indexed).
  engine::Result<std::optional<std::string>> first_match(std::string_view type, const std::vector<Condition>& conditions) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace feed
