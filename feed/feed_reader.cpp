#include "feed/feed_reader.h"

#include <algorithm>
#include <cassert>

#include "engine/base/json_writer.h"
#include "feed/change_codec.h"
#include "feed/log_window.h"

namespace feed {
namespace {

using engine::WallTime;

// What stands ahead of an item's snapshot, made in one piece where it has the usual size.
class Head {
 public:
  void put(std::string_view text) { at_ = std::copy(text.begin(), text.end(), at_); }
  std::string_view text() const { return {bytes_, static_cast<std::size_t>(at_ - bytes_)}; }
  // Whether a type or an id may be put as it is: short, and nothing in it to escape.
  static bool takes(std::string_view text) {
    bool plain = text.size() <= 64;
    for (unsigned char c : text) plain &= c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
    return plain;
  }

 private:
  char bytes_[256];
  char* at_ = bytes_;
};

// Puts items together from the bytes of records.
class ItemWriter {
 public:
  ItemWriter(Page& page, unsigned limit) : page_(page), limit_(limit) {}

  void add(const ChangeView& change) {
    std::string& out = page_.items;
    if (!page_.ranges.empty()) out += ',';
    const auto begin = out.size();
    Head::takes(change.type) && Head::takes(change.id) ? add_head(change) : add_odd_head(change);
    out += change.tombstone() || change.feed.empty() ? std::string_view("null") : change.feed;
    out += '}';
    page_.ranges.emplace_back(static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(out.size()));
    // Instead of growing, and being copied, again and again.
    if (page_.ranges.size() == kSampled) out.reserve(std::min(out.size() / kSampled * (limit_ + 1), kMostReserved));
  }

 private:
  static constexpr std::size_t kSampled = 8, kMostReserved = 1u << 20;

  void add_head(const ChangeView& change) {
    Head head;
    head.put(R"({"resourceType":")");
    head.put(change.type);
    head.put(R"(","resourceId":")");
    head.put(change.id);
    head.put(R"(","action":")");
    head.put(name(change.feed_action));
    head.put(R"(","updatedAt":")");
    head.put(time(change.updated_at));
    head.put(R"(","snapshot":)");
    page_.items += head.text();
  }
  void add_odd_head(const ChangeView& change) {
    std::string& out = page_.items;
    out += R"({"resourceType":)";
    engine::append_json_string(out, change.type);
    out += R"(,"resourceId":)";
    engine::append_json_string(out, change.id);
    out += R"(,"action":")";
    out += name(change.feed_action);
    out += R"(","updatedAt":")";
    out += time(change.updated_at);
    out += R"(","snapshot":)";
  }
  // Neighbours often share their second.
  std::string_view time(WallTime t) {
    const auto second = engine::floor_seconds(t);
    if (second != last_ || last_text_.empty()) {
      last_ = second;
      last_text_.clear();
      engine::append_rfc3339(last_text_, second);
    }
    return last_text_;
  }

  Page& page_;
  const unsigned limit_;
  WallTime last_{};
  std::string last_text_;
};

// Neighbours often share their type.
class WantedTypes {
 public:
  WantedTypes(const TypeTable& table, TypeMask types) : table_(table), types_(types) {}
  bool has(std::string_view type) {
    if (type != last_) {
      last_ = type;
      wanted_ = (table_.bit_of_item(type) & types_) != 0;
    }
    return wanted_;
  }

 private:
  const TypeTable& table_;
  const TypeMask types_;
  std::string last_;
  bool wanted_ = false;  // no type is empty
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
  page.items = request.lead;
  ItemWriter items(page, request.limit);
  WantedTypes wanted_types(types_, types);
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
    const bool wanted = change->visible.feed && wanted_types.has(change->type) && recent_enough(place, *change);
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
