#include "app/surfaces/craft_agents/asked_types.h"
#include "app/surfaces/craft_agents/live_changes.h"
#include "app/surfaces/craft_agents/page_writer.h"
#include "app/surfaces/craft_agents/read_through.h"
#include "app/surfaces/craft_agents/refusals.h"

namespace app::craft_agents {

namespace {

ChangesPage judged(const Service& service, const feed::PageRequest& asked, const trust::Principal& principal, engine::Result<feed::Page> page) {
  if (!page) {
    return explain_cursor(page.error(), [&service, &asked] {
      auto known = asked;
      if (known.types == 0) known.types = own_types(service);
      return service.rooms.feed.earliest_cursor(known);
    });
  }
  if (auto refusal = lacks_scope_for(service, page->types, principal)) return std::move(*refusal);
  return std::move(*page);
}

}  // namespace

Task<ChangesPage> read_changes(const Service& service, const feed::PageRequest& asked, const trust::Principal& principal) {
  const auto& reader = service.rooms.feed;
  auto read = [&reader, &asked](engine::store::ReadFrom from) { return reader.page(asked, from); };
  auto page = co_await read_through(service.rooms.pool, read);
  co_return judged(service, asked, principal, std::move(page));
}

Task<Reply> changes(const Service& service, CallContext& call) {
  if (auto refusal = not_ready(service)) co_return std::move(*refusal);
  const auto& reader = service.rooms.feed;
  feed::PageRequest asked;
  asked.since = call.arguments.instant("updatedSince");
  asked.cursor = call.arguments.text("cursor").value_or("");
  asked.limit = static_cast<unsigned>(call.arguments.integer("limit").value_or(50));
  asked.now = call.now;
  const std::chrono::seconds patience(call.arguments.integer("wait").value_or(0));
  const bool live = patience.count() > 0 || wants_events(call.request);

  // A cursor's own types win, so that the ones in service need not be looked up for a plain page behind a cursor.
  if (live || asked.cursor.empty() || call.arguments.given("types")) {
    auto types = asked_types(service, call);
    if (types.refusal) co_return std::move(*types.refusal);
    asked.types = types.types;
  }

  if (wants_events(call.request)) co_return co_await stream_changes(service, call, std::move(asked));
  ChangesPage given;
  if (live) {
    given = co_await await_changes(service, call, asked, patience);
  } else {  // without a coroutine where all is in memory, as it nearly always is
    auto read = [&reader, &asked](engine::store::ReadFrom from) { return reader.page(asked, from); };
    auto page = read(engine::store::ReadFrom::kCacheOnly);
    if (!is_final(page)) page = co_await read_from_disk(service.rooms.pool, read);
    given = judged(service, asked, call.principal, std::move(page));
  }
  if (auto* refusal = std::get_if<trust::Refusal>(&given)) co_return std::move(*refusal);
  const auto* page = &std::get<feed::Page>(given);

  const Projection projection(call.arguments.text("fields").value_or(""), call.arguments.text("filter").value_or(""));
  const bool plain = projection.everything();
  Rows rows(projection);
  for (std::size_t i = 0; !plain && i < page->count(); ++i) rows.add(page->item(i));
  const std::string_view items = plain ? std::string_view(page->items) : rows.json();
  const PageFacts facts{.next_cursor = page->next_cursor, .resume_cursor = page->resume_cursor, .has_more = page->has_more, .limit = asked.limit,
                        .count = plain ? page->count() : rows.count(), .incremental = true, .since = page->since, .snapshot_end = page->snapshot_end,
                        .types = reader.types().json_names(page->types)};
  trust::Answer answer;
  answer.body.reserve(items.size() + 1024);
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("data").begin_array().raw(items).end_array();
  write_page(json, facts);
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
