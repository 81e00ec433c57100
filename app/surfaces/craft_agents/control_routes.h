#pragma once
// The routes of governed actions (contract craft-agents-governance 4.1). They are there while feature `writes` is on.

#include <vector>

#include "access/gate/gate.h"

namespace app::craft_agents {

struct Service;

/// Adds them where the service has a control plane.
void add_control_routes(const Service& service, std::vector<trust::Route>& routes);

}  // namespace app::craft_agents
