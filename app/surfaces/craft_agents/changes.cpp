#include "app/surfaces/craft_agents/handlers.h"

#include "app/surfaces/craft_agents/projection.h"
#include "engine/base/json_writer.h"
#include "engine/runtime/on_pool.h"
#include "feed/feed_reader.h"

namespace app::craft_agents {

namespace {

constexpr std::int64_t kRetryWhileFillingSeconds = 5;

trust::Refusal refused(trust::Reason reason, std::string message = {}) {
  trust::Refusal refusal;
  refusal.reason = reason;
  refusal.message = std::move(message);
  return refusal;
}

/// Cursor problems are the caller's, the rest is ours.
trust::Refusal explain(const engine::Error& error, const feed::FeedReader& reader, const feed::PageRequest& asked) {
  switch (error.code) {
    case engine::Errc::kMalformed:
    case engine::Errc::kConflict:
    case engine::Errc::kUnsupported:
    case engine::Errc::kTimedOut: {
      auto refusal = refused(trust::Reason::kInvalid, error.detail);
      refusal.details.push_back(error.detail);
      return refusal;
    }
    case engine::Errc::kExpired: {
      auto refusal = refused(trust::Reason::kExpired,
                             "The cursor points to changes that are no longer kept. Read the resource lists once, then continue from "
                             "`page.resumeCursor` of a fresh request, or start from `error.details.earliestCursor`.");
      engine::JsonWriter json(refusal.extra_json);
      json.begin_object().key("earliestCursor").string(reader.earliest_cursor(asked.types, asked.now)).end_object();
      return refusal;
    }
    default: return refused(trust::Reason::kInternal);
  }
}

Task<engine::Result<feed::Page>> read_from_disk(const feed::FeedReader& reader, const feed::PageRequest& asked, asio::thread_pool& pool) {
  auto read = [&reader, &asked] { return reader.page(asked); };
  co_return co_await engine::on_pool(pool, read);
}

struct Rows {
  std::string projected;      ///< what `fields` and `filter` left
  std::string_view json;      ///< finished items with commas between them
  std::size_t count = 0;
};

void project(const feed::Page& page, const Projection& projection, Rows& rows) {
  if (projection.everything()) {
    rows.json = page.items;
    rows.count = page.count();
    return;
  }
  for (std::size_t i = 0; i < page.count(); ++i) {
    const auto before = rows.projected.size();
    if (rows.count > 0) rows.projected.push_back(',');
    if (projection.apply(page.item(i), rows.projected)) {
      ++rows.count;
    } else {
      rows.projected.resize(before);
    }
  }
  rows.json = rows.projected;
}

void write_cursor(engine::JsonWriter& json, const feed::Page& page) {
  if (page.has_more) {
    json.string(page.next_cursor);
  } else {
    json.null();
  }
}

std::string envelope(const feed::Page& page, const Rows& rows, unsigned limit, const feed::TypeTable& types, std::string_view request_id) {
  std::string out;
  out.reserve(rows.json.size() + 1024);
  out.append(R"({"ok":true,"data":[)").append(rows.json).append(R"(],"page":)");
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("nextCursor");
  write_cursor(json, page);
  json.key("limit").number(limit);
  json.key("count").number_u64(rows.count);
  json.key("hasMore").boolean(page.has_more);
  json.key("syncMode").string("incremental");
  json.key("updatedSince");
  if (page.since) {
    json.string(engine::rfc3339(*page.since));
  } else {
    json.null();
  }
  json.key("snapshotEnd").string(engine::rfc3339(page.snapshot_end));
  json.key("types").begin_array();
  for (const auto& name : types.names(page.types)) json.string(name);
  json.end_array();
  json.key("resumeCursor").string(page.resume_cursor);
  json.end_object();
  json.key("pagination").begin_object();
  json.key("hasMore").boolean(page.has_more);
  json.key("nextCursor");
  write_cursor(json, page);
  json.end_object();
  json.key("requestId").string(request_id);
  json.end_object();
  return out;
}

}  // namespace

Task<Reply> changes(const Service& service, CallContext& call) {
  if (!service.rooms.status.serving()) {
    auto refusal = refused(trust::Reason::kNotReady);
    refusal.retry_after_seconds = kRetryWhileFillingSeconds;
    co_return refusal;
  }
  const auto& reader = service.rooms.feed;
  const auto types = reader.types().parse(call.arguments.list("types"));
  if (!types) co_return refused(trust::Reason::kInvalid, types.error().detail);

  feed::PageRequest asked;
  asked.types = *types;
  asked.since = call.arguments.instant("updatedSince");
  asked.cursor = call.arguments.text("cursor").value_or("");
  asked.limit = static_cast<unsigned>(call.arguments.integer("limit").value_or(50));
  asked.now = call.now;

  auto page = reader.page(asked, engine::store::ReadFrom::kCacheOnly);
  if (!page && page.error().code == engine::Errc::kUnavailable) page = co_await read_from_disk(reader, asked, service.rooms.pool);
  if (!page) co_return explain(page.error(), reader, asked);

  const Projection projection(call.arguments.text("fields").value_or(""), call.arguments.text("filter").value_or(""));
  Rows rows;
  project(*page, projection, rows);
  trust::Answer answer;
  answer.body = envelope(*page, rows, asked.limit, reader.types(), call.request_id);
  co_return answer;
}

}  // namespace app::craft_agents
