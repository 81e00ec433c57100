#pragma once
// The forms of the answers about governed actions, for the route table.

#include "engine/net/route.h"

namespace app::craft_agents::shapes {

engine::net::Shape policies();
engine::net::Shape policy();
engine::net::Shape approvals();
engine::net::Shape approval();
engine::net::Shape executions();
engine::net::Shape execution();
engine::net::Shape simulation();
engine::net::Shape audit();

}  // namespace app::craft_agents::shapes
