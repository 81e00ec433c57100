#pragma once
// The route table: every path this dialect serves, once.

#include <string_view>
#include <vector>

#include "access/gate/gate.h"

namespace app::craft_agents {

struct Service;

inline constexpr std::string_view kBasePath = "/agents/v1";

/// `service` outlives the routes; its gate may be set later, before the first request.
std::vector<trust::Route> routes(const Service& service);

}  // namespace app::craft_agents
