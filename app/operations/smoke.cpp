#include "app/operations/smoke.h"

#include "feed/list_reader.h"

namespace app::operations {

namespace {

SmokePart read_some(const feed::ListReader& lists, feed::ListRequest request, bool all) {
  SmokePart part;
  for (;;) {
    const auto page = lists.page(request);
    if (!page) {
      part.errors.push_back(page.error().detail.empty() ? std::string(engine::name(page.error().code)) : page.error().detail);
      return part;
    }
    part.count += page->records.size();
    if (!all || !page->has_more) return part;
    request.cursor = page->next_cursor;
  }
}

feed::ListRequest request_for(std::string type, unsigned limit, engine::WallTime now) {
  feed::ListRequest request;
  request.type = std::move(type);
  request.limit = limit;
  request.now = now;
  return request;
}

}  // namespace

SmokeFacts read_smoke(const feed::ListReader& lists, bool commerce, engine::WallTime now) {
  SmokeFacts facts;
  facts.sections = read_some(lists, request_for("section", 200, now), true);
  auto entry = request_for("entry", 1, now);
  entry.conditions = {{"status", "live"}};
  facts.entries = read_some(lists, std::move(entry), false);
  if (!commerce) return facts;
  facts.products = read_some(lists, request_for("product", 1, now), false);
  auto order = request_for("order", 1, now);
  order.created_from = now - std::chrono::days(30);
  facts.orders = read_some(lists, std::move(order), false);
  return facts;
}

}  // namespace app::operations
