#include "feed/feed_reader.h"

#include <cassert>

#include "engine/base/json_writer.h"
#include "feed/change_codec.h"
#include "feed/log_window.h"

namespace feed {
namespace {

using engine::WallTime;

bool plain(std::string_view text) {
  for (unsigned char c : text) {
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') return false;
  }
  return true;
}

// Puts items together from the bytes of records.
class ItemWriter {
 public:
  explicit ItemWriter(Page& page) : page_(page) {}

  void add(const ChangeView& change) {
    std::string& out = page_.items;
    if (!out.empty()) out += ',';
    const auto begin = out.size();
    out += R"({"resourceType":)";
    text(change.type);
    out += R"(,"resourceId":)";
    text(change.id);
    out += R"(,"action":")";
    out += name(change.feed_action);
    out += R"(","updatedAt":")";
    time(change.updated_at);
    out += R"(","snapshot":)";
    out += change.tombstone() || change.feed.empty() ? std::string_view("null") : change.feed;
    out += '}';
    page_.ranges.emplace_back(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(out.size()));
  }

 private:
  void text(std::string_view value) {
    if (!plain(value)) return engine::append_json_string(page_.items, value);
    page_.items += '"';
    page_.items += value;
    page_.items += '"';
  }
  // Neighbours often share their second.
  void time(WallTime t) {
    const auto second = engine::floor_seconds(t);
    if (second != last_ || last_text_.empty()) {
      last_ = second;
      last_text_.clear();
      engine::append_rfc3339(last_text_, second);
    }
    page_.items += last_text_;
  }

  Page& page_;
  WallTime last_{};
  std::string last_text_;
};

}  // namespace

// What one page reads.
struct FeedReader::Plan {
  FeedCursor cursor;
  LogWindow log;
};

FeedReader::FeedReader(const RecordLog& log, const TypeTable& types)
    : log_(log), types_(types), codec_(log.log_id(), log.cursor_key(), types) {}

engine::Result<FeedReader::Plan> FeedReader::plan(const PageRequest& request) const {
  Plan plan;
  if (request.cursor.empty()) {
    plan.cursor = {request.types, fresh_place(request.since), {}};
  } else {
    auto decoded = codec_.decode(request.cursor, request.now);
    if (!decoded) return decoded.take_error();
    plan.cursor = decoded->restart ? FeedCursor{decoded->restart->types, fresh_place(decoded->restart->since), {}} : *decoded->cursor;
  }
  auto opened = open_window(log_, plan.cursor.place, request.now);
  if (!opened) return opened.take_error();
  plan.log = *opened;
  return plan;
}

engine::Result<Page> FeedReader::page(const PageRequest& request, engine::store::ReadFrom read) const {
  assert(request.limit >= 1 && request.limit <= 200);
  assert(!request.cursor.empty() || request.types != 0);
  auto planned = plan(request);
  if (!planned) return planned.take_error();
  const auto types = planned->cursor.types;
  const auto& place = planned->log.place;
  const auto end = planned->log.window.end;

  Page page;
  ItemWriter items(page);
  std::size_t scanned = 0;
  std::optional<engine::Error> damage;
  const auto take = [&](const RecordRef& record) {
    if (++scanned > kScanBound) return false;
    if (record.superseded_by < end) return true;
    auto change = view_change(record.bytes);
    if (!change) {
      damage = change.error();
      return false;
    }
    const bool wanted = change->visible.feed && (types_.bit_of_item(change->type) & types) != 0 && recent_enough(place, *change);
    if (!wanted) return true;
    if (page.count() == request.limit) return false;  // one further: this is what has_more knows
    items.add(*change);
    return true;
  };
  Offset next = end;
  if (place.position < end) {
    auto stopped = log_.scan({place.position, end, types_.zone_bits(types), place.since.value_or(WallTime::min())}, read, take);
    if (!stopped) return stopped.take_error();
    next = *stopped;
  }
  if (damage) return tl::unexpected<engine::Error>(std::move(*damage));
  if (auto kept = still_kept(log_, place); !kept) return kept.take_error();
  finish(*planned, next, request.now, request.cursor, page);
  return page;
}

void FeedReader::finish(const Plan& plan, Offset next, WallTime now, const std::string& given, Page& page) const {
  const auto places = onward(plan.log, next, now);
  page.has_more = places.next.has_value();
  page.since = plan.log.place.since;
  page.snapshot_end = plan.log.window.snapshot_end;
  page.types = plan.cursor.types;
  if (places.next) page.next_cursor = codec_.encode(FeedCursor{page.types, *places.next, issue_time(now)});
  const FeedCursor resume{page.types, places.resume, issue_time(now)};
  page.resume_cursor = resume == plan.cursor && !given.empty() ? given : codec_.encode(resume);
}

std::string FeedReader::earliest_cursor(TypeMask types, WallTime now) const {
  return codec_.encode(FeedCursor{types, {log_.first_offset(), std::nullopt, std::nullopt, false}, issue_time(now)});
}

std::string FeedReader::earliest_cursor(const PageRequest& request) const {
  const auto decoded = codec_.decode(request.cursor, WallTime{});  // at the epoch nothing is too old
  return earliest_cursor(decoded && decoded->cursor ? decoded->cursor->types : request.types, request.now);
}

std::string FeedReader::latest_cursor(TypeMask types, WallTime now) const {
  return codec_.encode(FeedCursor{types, {log_.high_watermark(), std::nullopt, std::nullopt, false}, issue_time(now)});
}

engine::Result<Offset> FeedReader::position(std::string_view token, WallTime now) const {
  PageRequest request;
  request.cursor = token;
  request.now = now;
  auto planned = plan(request);
  if (!planned) return planned.take_error();
  return planned->log.place.position;
}

engine::Result<std::uint64_t> FeedReader::changes_behind(std::string_view token) const {
  auto position = codec_.position(token);
  if (!position) return position.take_error();
  const auto end = log_.high_watermark();
  if (*position > end) return engine::fail(engine::Errc::kExpired, "Cursor is ahead of the change log.");
  return end.value - position->value;
}

}  // namespace feed
