// /sections: all of them in one answer, by handle (contract craft-agents-api section 13).
#include <algorithm>

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/json_members.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/runtime/on_pool.h"
#include "feed/change_codec.h"
#include "feed/list_reader.h"

namespace app::craft_agents {

namespace {

struct Section {
  std::string handle;
  std::string json;
};

engine::Result<std::vector<Section>> read_sections(const feed::ListReader& lists, engine::WallTime now) {
  std::vector<Section> sections;
  feed::ListRequest request;
  request.type = "section";
  request.limit = 200;
  request.now = now;
  for (;;) {
    auto page = lists.page(request);
    if (!page) return page.take_error();
    for (const auto& record : page->records) {
      const auto change = feed::view_change(record);
      if (!change) return engine::fail(change.error().code, change.error().detail);
      sections.push_back({std::string(json_member(change->list, "handle").value_or("")), std::string(change->list)});
    }
    if (!page->has_more) break;
    request.cursor = page->next_cursor;
  }
  std::sort(sections.begin(), sections.end(), [](const Section& a, const Section& b) { return a.handle < b.handle; });
  return sections;
}

}  // namespace

Task<Reply> sections(const Service& service, CallContext& call) {
  if (auto refusal = not_ready(service)) co_return std::move(*refusal);
  auto read = [&service, now = call.now] { return read_sections(service.rooms.lists, now); };
  const auto found = co_await engine::on_pool(service.rooms.pool, read);
  if (!found) co_return refused(trust::Reason::kInternal);
  std::string data = "[";
  for (const auto& section : *found) data.append(data.size() > 1 ? "," : "").append(section.json);
  data += ']';
  trust::Answer answer;
  answer.body = success(data, call.request_id, R"({"count":)" + std::to_string(found->size()) + R"(,"errors":[]})");
  co_return answer;
}

}  // namespace app::craft_agents
