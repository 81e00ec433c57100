#include "app/surfaces/craft_agents/page_writer.h"

namespace app::craft_agents {

void Rows::add(std::string_view item) {
  const auto before = json_.size();
  if (count_ > 0) json_.push_back(',');
  if (projection_.everything()) {
    json_.append(item);
  } else if (!projection_.apply(item, json_)) {
    json_.resize(before);
    return;
  }
  ++count_;
}

void write_instant_or_null(engine::JsonWriter& json, const std::optional<engine::WallTime>& instant) {
  if (instant) {
    json.instant(*instant);
  } else {
    json.null();
  }
}

namespace {

void write_next_cursor(engine::JsonWriter& json, const PageFacts& page) {
  json.key("nextCursor");
  if (page.has_more) {
    json.string(page.next_cursor);
  } else {
    json.null();
  }
}

}  // namespace

void write_page(engine::JsonWriter& json, const PageFacts& page) {
  json.key("page").begin_object();
  write_next_cursor(json, page);
  json.key("limit").number(page.limit);
  json.key("count").number_u64(page.count);
  json.key("hasMore").boolean(page.has_more);
  json.key("syncMode").string(page.incremental ? "incremental" : "full");
  json.key("updatedSince");
  write_instant_or_null(json, page.since);
  json.key("snapshotEnd");
  write_instant_or_null(json, page.snapshot_end);
  if (!page.types.empty()) json.key("types").raw(page.types);
  if (!page.resume_cursor.empty()) json.key("resumeCursor").string(page.resume_cursor);
  json.end_object();
  json.key("pagination").begin_object();
  json.key("hasMore").boolean(page.has_more);
  write_next_cursor(json, page);
  json.end_object();
}

}  // namespace app::craft_agents
