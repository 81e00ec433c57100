#include "app/surfaces/craft_agents/page_writer.h"

#include "engine/base/append_number.h"

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

// Of the URL-safe alphabet: nothing to escape.
void append_cursor(std::string& out, std::string_view cursor) { out.append(1, '"').append(cursor).append(1, '"'); }

void append_next_cursor(std::string& out, const PageFacts& page) {
  if (page.has_more) {
    append_cursor(out, page.next_cursor);
  } else {
    out.append("null");
  }
}

void append_instant_or_null(std::string& out, const std::optional<engine::WallTime>& instant) {
  engine::JsonWriter json(out);
  write_instant_or_null(json, instant);
}

}  // namespace

// By hand, since every page bears it and an empty page is little else.
void write_page(engine::JsonWriter& json, const PageFacts& page) {
  const std::string_view has_more = page.has_more ? "true" : "false";
  std::string& out = json.begin_members();
  out.append(R"("page":{"nextCursor":)");
  append_next_cursor(out, page);
  out.append(R"(,"limit":)");
  engine::append_number(out, page.limit);
  out.append(R"(,"count":)");
  engine::append_number(out, page.count);
  out.append(R"(,"hasMore":)").append(has_more);
  out.append(R"(,"syncMode":)").append(page.incremental ? R"("incremental")" : R"("full")");
  out.append(R"(,"updatedSince":)");
  append_instant_or_null(out, page.since);
  out.append(R"(,"snapshotEnd":)");
  append_instant_or_null(out, page.snapshot_end);
  if (page.table) {
    out.append(R"(,"types":)");
    page.table->append_json_names(page.types, out);
  }
  if (!page.resume_cursor.empty()) {
    out.append(R"(,"resumeCursor":)");
    append_cursor(out, page.resume_cursor);
  }
  out.append(R"(},"pagination":{"hasMore":)").append(has_more).append(R"(,"nextCursor":)");
  append_next_cursor(out, page);
  out.push_back('}');
}

}  // namespace app::craft_agents
