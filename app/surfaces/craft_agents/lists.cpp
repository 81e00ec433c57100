#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/list_query.h"
#include "app/surfaces/craft_agents/page_writer.h"
#include "app/surfaces/craft_agents/read_through.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "feed/change_codec.h"

namespace app::craft_agents {

namespace {

void add_rows(const feed::ListPage& page, const Elevation& elevated, Rows& rows) {
  for (const auto& record : page.records) {
    const auto change = feed::view_change(record);
    if (!change || change->list.empty()) continue;
    rows.add(elevated.sensitive || elevated.unredacted ? shown(change->list, *change, elevated) : change->list);
  }
}

}  // namespace

Task<Listed> read_list(const Service& service, const Resource& resource, CallContext& call) {
  Listed listed{Projection(call.arguments.text("fields").value_or(""), call.arguments.text("filter").value_or(""))};
  if (listed.refusal = unavailable(service, resource); listed.refusal) co_return listed;
  listed.query = list_query(service, resource, call);
  if (listed.refusal = listed.query.refusal; listed.refusal) co_return listed;
  const auto& lists = service.rooms.lists;
  const auto& request = listed.query.request;
  auto read = [&lists, &request](engine::store::ReadFrom from) { return lists.page(request, from); };
  auto page = co_await read_through(service.rooms.pool, read);
  if (!page) {
    listed.refusal = explain_cursor(page.error(), [&lists, &request] { return lists.earliest_cursor(request); });
    co_return listed;
  }
  listed.page = std::move(*page);
  add_rows(listed.page, listed.query.elevated, listed.rows);
  co_return listed;
}

void write_list_page(engine::JsonWriter& json, const Listed& listed) {
  const auto& page = listed.page;
  PageFacts facts{.next_cursor = page.next_cursor, .resume_cursor = page.resume_cursor, .has_more = page.has_more,
                  .limit = listed.query.request.limit, .count = listed.rows.count(), .incremental = page.incremental};
  if (page.incremental) {
    facts.since = page.since;
    facts.snapshot_end = page.snapshot_end;
  }
  write_page(json, facts);
}

Task<Reply> list(const Service& service, const Resource& resource, CallContext& call) {
  const auto listed = co_await read_list(service, resource, call);
  if (listed.refusal) co_return *listed.refusal;
  trust::Answer answer;
  answer.body.reserve(listed.rows.json().size() + 1024);
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("data").begin_array().raw(listed.rows.json()).end_array();
  if (resource.meta) {
    json.key("meta").begin_object();
    json.key("count").number_u64(listed.rows.count());
    json.key("filters");
    write_filters(json, service, resource, call, listed.query, listed.page);
    json.key("errors").begin_array().end_array();
    json.end_object();
  }
  write_list_page(json, listed);
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
