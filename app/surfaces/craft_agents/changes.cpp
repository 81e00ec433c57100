#include <algorithm>

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

constexpr std::string_view kLead = R"({"ok":true,"data":[)";

// What stands behind the items; with the lead still a size that the allocator has at hand (glibc: up to 1032 bytes).
constexpr std::size_t kTailBytes = 900;

// The envelope around the page's items, which stand in their place behind kLead already.
std::string body_of(const Service& service, const CallContext& call, unsigned limit, feed::Page page) {
  const Projection projection(call.arguments.text("fields").value_or(""), call.arguments.text("filter").value_or(""));
  const bool plain = projection.everything();
  std::size_t count = page.count();
  if (!plain) {
    Rows rows(projection);
    for (std::size_t i = 0; i < page.count(); ++i) rows.add(page.item(i));
    page.items = std::string(kLead).append(rows.json());
    count = rows.count();
  }
  std::string body = std::move(page.items);
  body.reserve(std::max(body.capacity(), body.size() + kTailBytes));
  body.append("],");
  engine::JsonWriter json(body);
  write_page(json, {.next_cursor = page.next_cursor, .resume_cursor = page.resume_cursor, .has_more = page.has_more, .limit = limit, .count = count,
                    .incremental = true, .since = page.since, .snapshot_end = page.snapshot_end, .types = page.types, .table = &service.rooms.feed.types()});
  json.key("requestId").string(call.request_id);
  json.end_object();
  return body;
}

}  // namespace

Task<ChangesPage> read_changes(const Service& service, const feed::PageRequest& asked, const trust::Principal& principal) {
  const auto& reader = service.rooms.feed;
  auto read = [&reader, &asked](engine::store::ReadFrom from) { return reader.page(asked, from); };
  auto page = co_await read_through(service.rooms.pool, read);
  co_return judged(service, asked, principal, std::move(page));
}

namespace {

/// What a request of /changes asks for.
struct Asked {
  feed::PageRequest page;
  std::chrono::seconds patience{};
  bool stream = false;
};

std::optional<trust::Refusal> understand(const Service& service, const CallContext& call, Asked& asked) {
  if (auto refusal = not_ready(service)) return refusal;
  asked.page.since = call.arguments.instant("updatedSince");
  asked.page.cursor = call.arguments.text("cursor").value_or("");
  asked.page.limit = static_cast<unsigned>(call.arguments.integer("limit").value_or(50));
  asked.page.now = call.now;
  asked.page.lead = kLead;
  asked.patience = std::chrono::seconds(call.arguments.integer("wait").value_or(0));
  asked.stream = wants_events(call.request);
  // A cursor's own types win, so that the ones in service need not be looked up for a plain page behind a cursor.
  if (!asked.stream && asked.patience.count() == 0 && !asked.page.cursor.empty() && !call.arguments.given("types")) return std::nullopt;
  auto types = asked_types(service, call);
  asked.page.types = types.types;
  return std::move(types.refusal);
}

Reply reply_of(const Service& service, const CallContext& call, unsigned limit, ChangesPage given) {
  if (auto* refusal = std::get_if<trust::Refusal>(&given)) return std::move(*refusal);
  trust::Answer answer;
  answer.body = body_of(service, call, limit, std::get<feed::Page>(std::move(given)));
  return answer;
}

/// What can be said at once: nearly every page is in memory. nullopt: it has to be waited for.
std::optional<Reply> at_once(const Service& service, const CallContext& call) {
  Asked asked;
  if (auto refusal = understand(service, call, asked)) return std::move(*refusal);
  if (asked.stream || asked.patience.count() > 0) return std::nullopt;
  auto page = service.rooms.feed.page(asked.page, engine::store::ReadFrom::kCacheOnly);
  if (!is_final(page)) return std::nullopt;
  return reply_of(service, call, asked.page.limit, judged(service, asked.page, call.principal, std::move(page)));
}

Task<Reply> said(Reply reply) { co_return reply; }

Task<Reply> waited_for(const Service& service, CallContext& call) {
  Asked asked;
  if (auto refusal = understand(service, call, asked)) co_return std::move(*refusal);
  if (asked.stream) co_return co_await stream_changes(service, call, std::move(asked.page));
  const auto limit = asked.page.limit;
  if (asked.patience.count() > 0) {
    auto given = co_await await_changes(service, call, std::move(asked.page), asked.patience);
    co_return reply_of(service, call, limit, std::move(given));
  }
  const auto& reader = service.rooms.feed;
  auto read = [&reader, &asked](engine::store::ReadFrom from) { return reader.page(asked.page, from); };
  auto page = co_await read_from_disk(service.rooms.pool, read);
  co_return reply_of(service, call, limit, judged(service, asked.page, call.principal, std::move(page)));
}

}  // namespace

// A coroutine's frame that holds a page in the making is too large to be used again, so only what waits is made in one.
Task<Reply> changes(const Service& service, CallContext& call) {
  if (auto reply = at_once(service, call)) return said(std::move(*reply));
  return waited_for(service, call);
}

}  // namespace app::craft_agents
