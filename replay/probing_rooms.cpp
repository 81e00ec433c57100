#include "replay/probing_rooms.h"

namespace replay {

engine::Result<Way> way_to(const ProbingRooms& rooms, const std::string& endpoint) {
  if (!endpoint.empty()) {
    if (rooms.reach) return rooms.reach(endpoint);
    return engine::fail(engine::Errc::kNotFound, "There is no endpoint " + endpoint.substr(0, 64) + ".");
  }
  if (!rooms.direct) return engine::fail(engine::Errc::kUnavailable, "Webhook delivery is not configured.");
  return Way(Way(), rooms.direct);  // owned by whoever made the rooms
}

}  // namespace replay
