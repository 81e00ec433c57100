#pragma once
// The forms of this dialect's answers, for the route table. Descriptors are generated from them.

#include "engine/net/route.h"

namespace app::craft_agents::shapes {

engine::net::Shape health();
engine::net::Shape whoami();
engine::net::Shape changes();
engine::net::Shape lag();
engine::net::Shape checkpoint();
engine::net::Shape dead_letters();
engine::net::Shape replay();
engine::net::Shape capabilities();
engine::net::Shape openapi();

}  // namespace app::craft_agents::shapes
