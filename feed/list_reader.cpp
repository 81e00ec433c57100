#include "feed/list_reader.h"

#include <algorithm>
#include <cassert>

#include "feed/full_list.h"
#include "feed/incremental_list.h"
#include "feed/list_filter.h"
#include "feed/log_window.h"
#include "feed/newest_records.h"
#include "feed/reference_cursor.h"

namespace feed {

using engine::Errc;
using engine::store::ReadFrom;

namespace {

tl::unexpected<engine::Error> foreign() { return engine::fail(Errc::kConflict, std::string(kForeignCursor)); }

// Where a page begins: a cursor of ours, or what a request without one stands for.
struct Start {
  std::optional<IncrementalCursor> incremental;
  std::optional<FullCursor> full;  // exactly one of the two
  bool at_beginning = false;       // `full` has no position yet
  std::uint64_t skip = 0;
};

}  // namespace

struct ListReader::Impl {
  const engine::store::Store& store;
  const RocksChangeLog& log;
  const TypeTable& types;
  CursorCodec codec;

  Start beginning(const ListFilter& filter, const ListRequest& request) const;
  engine::Result<Start> start(const ListFilter& filter, const ListRequest& request) const;
  engine::Result<ListPage> full(const Start& start, const ListFilter& filter, const ListRequest& request, ReadFrom read) const;
  engine::Result<ListPage> incremental(const IncrementalCursor& cursor, const ListFilter& filter, const ListRequest& request, ReadFrom read) const;
  engine::Result<std::vector<std::string>> matching_ids(std::string_view type, const std::vector<Condition>& conditions, ReadFrom read) const;
};

ListReader::ListReader(const engine::store::Store& store, const RocksChangeLog& log, const TypeTable& types)
    : impl_(new Impl{store, log, types, CursorCodec(log.log_id(), log.cursor_key(), types)}) {}
ListReader::~ListReader() = default;

engine::Result<ListPage> ListReader::page(const ListRequest& request, ReadFrom read) const {
  assert(request.limit >= 1 && request.limit <= 200);
  const ListFilter filter(request);
  auto start = impl_->start(filter, request);
  if (!start) return start.take_error();
  if (start->incremental) return impl_->incremental(*start->incremental, filter, request, read);
  return impl_->full(*start, filter, request, read);
}

// Of a full list: the watermark comes before anything is read, so that nothing falls between the list and its resume_cursor.
Start ListReader::Impl::beginning(const ListFilter& filter, const ListRequest& request) const {
  Start start;
  start.full = FullCursor{filter.full_hash(request.order), log.high_watermark(), {}, {}, {}};
  start.at_beginning = true;
  return start;
}

engine::Result<Start> ListReader::Impl::start(const ListFilter& filter, const ListRequest& request) const {
  const auto over = [&](std::optional<engine::WallTime> since) {
    Start start;
    start.incremental = IncrementalCursor{filter.incremental_hash(), fresh_place(since), Offset{1}, {}};
    return start;
  };
  if (request.cursor.empty()) return request.incremental || request.since ? over(request.since) : beginning(filter, request);
  auto decoded = codec.decode_list(request.cursor, types.name_of_item(request.type), request.counted_cursors, request.now);
  if (!decoded) return decoded.take_error();
  if (const auto* restart = std::get_if<RestartCursor>(&*decoded)) return over(restart->since);
  if (const auto* incremental = std::get_if<IncrementalCursor>(&*decoded)) {
    if (incremental->filters != filter.incremental_hash()) return foreign();
    Start start;
    start.incremental = *incremental;
    return start;
  }
  if (request.since) return foreign();
  if (const auto* count = std::get_if<CountCursor>(&*decoded)) {
    auto start = beginning(filter, request);
    start.skip = count->passed;
    return start;
  }
  Start start;
  start.full = std::get<FullCursor>(std::move(*decoded));
  if (start.full->filters != filter.full_hash(request.order)) return foreign();
  return start;
}

engine::Result<ListPage> ListReader::Impl::full(const Start& start, const ListFilter& filter, const ListRequest& request, ReadFrom read) const {
  const FullCursor& cursor = *start.full;
  const auto position = start.at_beginning ? std::nullopt : std::optional(cursor.value + cursor.id);
  auto part = FullList(store, log, filter, request, cursor.opened, read).read(position, start.skip);
  if (!part) return part.take_error();
  ListPage page;
  page.records = std::move(part->records);
  page.has_more = part->onward.has_value();
  if (page.has_more) {
    const auto [value, id] = split_suffix(request.order.sort, *part->onward);
    page.next_cursor = codec.encode(FullCursor{cursor.filters, cursor.opened, std::string(value), std::string(id), issue_time(request.now)});
  }
  const LogPlace after{cursor.opened, std::nullopt, std::nullopt, false};
  page.resume_cursor = codec.encode(IncrementalCursor{filter.incremental_hash(), after, Offset{1}, issue_time(request.now)});
  return page;
}

engine::Result<ListPage> ListReader::Impl::incremental(const IncrementalCursor& cursor, const ListFilter& filter, const ListRequest& request,
                                                       ReadFrom read) const {
  auto window = open_window(log, cursor.place, request.now);
  if (!window) return window.take_error();
  const auto opened = cursor.place.window ? cursor.opened : cursor.place.position;
  auto part = IncrementalList(log, filter, *window, opened, read).read(request.type, request.limit);
  if (!part) return part.take_error();
  if (auto kept = still_kept(log, cursor.place); !kept) return kept.take_error();
  ListPage page;
  page.incremental = true;
  page.records = std::move(part->records);
  page.since = cursor.place.since;
  page.snapshot_end = window->window.snapshot_end;
  const auto places = onward(*window, part->next, request.now);
  page.has_more = places.next.has_value();
  const auto issued = issue_time(request.now);
  if (places.next) page.next_cursor = codec.encode(IncrementalCursor{cursor.filters, *places.next, opened, issued});
  const IncrementalCursor resume{cursor.filters, places.resume, Offset{1}, issued};
  page.resume_cursor = resume == cursor && !request.cursor.empty() ? request.cursor : codec.encode(resume);
  return page;
}

std::string ListReader::earliest_cursor(const ListRequest& request) const {
  return impl_->codec.encode(IncrementalCursor{ListFilter(request).incremental_hash(), fresh_place(std::nullopt), Offset{1}, issue_time(request.now)});
}

engine::Result<std::optional<std::string>> ListReader::by_id(std::string_view type, std::string_view id, ReadFrom read) const {
  return NewestRecords(impl_->log, read).record(type, id);
}

// As they stand in keys, ascending.
engine::Result<std::vector<std::string>> ListReader::Impl::matching_ids(std::string_view type, const std::vector<Condition>& conditions, ReadFrom read) const {
  std::vector<IndexRange> ranges;
  for (const auto& condition : conditions) {
    if (condition.indexed) ranges.push_back({store.family(kByKeyFamily), by_key_prefix(log.site(), type, condition.field, condition.value)});
  }
  assert(!ranges.empty());
  std::vector<std::string> ids;
  WorkLeft work{std::numeric_limits<std::size_t>::max(), 0};
  IndexWalk walk(store, ranges, false, read);
  auto at = walk.start(std::nullopt, work);
  for (; at && *at == IndexWalk::At::kSuffix; at = walk.next(work)) ids.emplace_back(split_suffix(Sort::kUpdated, walk.suffix()).id);
  if (!at) return at.take_error();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

engine::Result<std::optional<std::string>> ListReader::first_match(std::string_view type, const std::vector<Condition>& conditions, ReadFrom read) const {
  ListRequest asked;
  asked.type = type;
  asked.conditions = conditions;
  const ListFilter filter(asked);
  auto ids = impl_->matching_ids(type, filter.conditions(), read);
  if (!ids) return ids.take_error();
  const NewestRecords records(impl_->log, read);
  for (const auto& bytes : *ids) {
    const auto id = decode_id_key(bytes);
    if (!id) continue;
    auto record = records.record(type, *id);
    if (!record) return record.take_error();
    if (!*record) continue;
    auto change = view_change(**record);
    if (!change) return change.take_error();
    if (filter.matches(*change, false)) return record;
  }
  return std::optional<std::string>();
}

}  // namespace feed
