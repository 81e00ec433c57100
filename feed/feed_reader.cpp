#include "feed/feed_reader.h"

#include <cassert>

#include "engine/base/json_writer.h"
#include "feed/change_codec.h"

namespace feed {
namespace {

using engine::Errc;
using engine::WallTime;

WallTime floor_minutes(WallTime t) { return std::chrono::floor<std::chrono::minutes>(t); }

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
  CursorWindow window;
};

FeedReader::FeedReader(const RecordLog& log, const TypeTable& types)
    : log_(log), types_(types), codec_(log.log_id(), log.cursor_key(), types) {}

engine::Result<FeedCursor> FeedReader::admit(std::string_view token, WallTime now) const {
  auto decoded = codec_.decode(token, now);
  if (!decoded) return decoded.take_error();
  if (decoded->restart) return FeedCursor{decoded->restart->types, Offset{1}, std::nullopt, decoded->restart->since, true, {}};
  const FeedCursor& cursor = *decoded->cursor;
  if (!cursor.whole && cursor.position < log_.first_offset()) {
    return engine::fail(Errc::kExpired, "Cursor is older than the retained history; read the lists, then continue from `page.resumeCursor`.");
  }
  const auto furthest = cursor.window ? std::max(cursor.window->end, cursor.position) : cursor.position;
  if (furthest > log_.high_watermark()) {
    return engine::fail(Errc::kExpired, "Cursor is ahead of the change log; read the lists, then continue from `page.resumeCursor`.");
  }
  return cursor;
}

engine::Result<FeedReader::Plan> FeedReader::plan(const PageRequest& request) const {
  Plan plan;
  if (request.cursor.empty()) {
    plan.cursor.types = request.types;
    if (request.since) plan.cursor.since = engine::floor_seconds(*request.since);
    plan.cursor.whole = true;
  } else {
    auto admitted = admit(request.cursor, request.now);
    if (!admitted) return admitted.take_error();
    plan.cursor = *admitted;
  }
  plan.window = plan.cursor.window.value_or(CursorWindow{log_.high_watermark(), engine::floor_seconds(request.now)});
  return plan;
}

engine::Result<Page> FeedReader::page(const PageRequest& request, engine::store::ReadFrom read) const {
  assert(request.limit >= 1 && request.limit <= 200);
  assert(!request.cursor.empty() || request.types != 0);
  auto planned = plan(request);
  if (!planned) return planned.take_error();
  const FeedCursor& cursor = planned->cursor;
  const auto end = planned->window.end;
  const auto since = cursor.since.value_or(WallTime::min());

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
    const bool wanted = change->visible.feed && (types_.bit_of_item(change->type) & cursor.types) != 0 &&
                        (change->updated_at >= since || change->appended_at >= since);
    if (!wanted) return true;
    if (page.count() == request.limit) return false;  // one further: this is what has_more knows
    items.add(*change);
    return true;
  };
  Offset next = end;
  if (cursor.position < end) {
    auto stopped = log_.scan({cursor.position, end, types_.zone_bits(cursor.types), since}, read, take);
    if (!stopped) return stopped.take_error();
    next = *stopped;
  }
  if (damage) return tl::unexpected<engine::Error>(std::move(*damage));
  if (!cursor.whole && cursor.position < log_.first_offset()) return engine::fail(Errc::kExpired, "Retention passed the cursor while it was read.");
  finish(*planned, next, request.now, request.cursor, page);
  return page;
}

void FeedReader::finish(const Plan& plan, Offset next, WallTime now, const std::string& given, Page& page) const {
  page.has_more = next < plan.window.end;
  page.since = plan.cursor.since;
  page.snapshot_end = plan.window.snapshot_end;
  page.types = plan.cursor.types;
  FeedCursor onward = plan.cursor;
  onward.position = next;
  onward.issued_at = floor_minutes(now);
  if (page.has_more) {
    onward.window = plan.window;
    page.next_cursor = codec_.encode(onward);
  } else {
    // All that follows is appended from now on: only a bound in the future still means something.
    onward.whole = false;
    if (onward.since && *onward.since <= now) onward.since.reset();
  }
  onward.window.reset();
  page.resume_cursor = onward == plan.cursor && !given.empty() ? given : codec_.encode(onward);
}

std::string FeedReader::earliest_cursor(TypeMask types, WallTime now) const {
  return codec_.encode({types, log_.first_offset(), std::nullopt, std::nullopt, false, floor_minutes(now)});
}

std::string FeedReader::latest_cursor(TypeMask types, WallTime now) const {
  return codec_.encode({types, log_.high_watermark(), std::nullopt, std::nullopt, false, floor_minutes(now)});
}

engine::Result<Offset> FeedReader::position(std::string_view token, WallTime now) const {
  auto cursor = admit(token, now);
  if (!cursor) return cursor.take_error();
  return cursor->position;
}

engine::Result<std::uint64_t> FeedReader::changes_behind(std::string_view token) const {
  auto decoded = codec_.decode(token, WallTime{});  // at the epoch nothing is too old
  if (!decoded) return decoded.take_error();
  const auto position = decoded->cursor ? decoded->cursor->position : Offset{1};
  const auto end = log_.high_watermark();
  if (position > end) return engine::fail(Errc::kExpired, "Cursor is ahead of the change log.");
  return end.value - position.value;
}

}  // namespace feed
