#pragma once
// The forms of the operations endpoints' answers, for the route table.

#include "engine/net/route.h"

namespace app::craft_agents::shapes {

engine::net::Shape readiness();
engine::net::Shape metrics();
engine::net::Shape incidents();
engine::net::Shape lifecycle();
engine::net::Shape adoption();
engine::net::Shape diagnostics();

}  // namespace app::craft_agents::shapes
