#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/runtime/on_pool.h"

namespace app::admin {

Task<Reply> prometheus(const AdminRooms& rooms, CallContext&) {
  auto read = [&rooms] { return rooms.prometheus(); };
  trust::Answer answer{co_await engine::on_pool(rooms.pool, read)};
  answer.headers.push_back({"Content-Type", "text/plain; version=0.0.4; charset=utf-8"});
  co_return answer;
}

Task<Reply> check_status(const AdminRooms& rooms, CallContext& call) {
  auto check = [&rooms] { return rooms.check_status(); };
  const auto run = co_await engine::on_pool(rooms.pool, check);
  if (!run) co_return craft_agents::refused(trust::Reason::kInternal);
  co_return trust::Answer{craft_agents::success(*run, call.request_id)};
}

}  // namespace app::admin
