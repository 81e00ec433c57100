#pragma once
// The routes over app/operations.

#include <vector>

#include "access/gate/gate.h"

namespace app::craft_agents {

struct Service;

/// Empty where the service has no operations. `service` outlives the routes.
std::vector<trust::Route> operations_routes(const Service& service);

}  // namespace app::craft_agents
