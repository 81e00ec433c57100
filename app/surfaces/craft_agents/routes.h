#pragma once
// The route table: every path this dialect serves, once.

#include <string_view>
#include <vector>

#include "access/gate/gate.h"

namespace app::craft_agents {

struct Service;

inline constexpr std::string_view kBasePath = "/agents/v1";

using HandlerFunction = engine::Task<trust::Reply> (*)(const Service&, trust::CallContext&);
/// A route with its handler bound to the service, which outlives it.
trust::Route serve(const Service& service, HandlerFunction handler, engine::net::Route declared);

/// `service` outlives the routes; its gate may be set later, before the first request.
std::vector<trust::Route> routes(const Service& service);

}  // namespace app::craft_agents
