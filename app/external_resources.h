#pragma once
// What a mapping says of tables of plugins, as the surface wants to hear it.

#include <vector>

#include "app/surfaces/craft_agents/external_resource.h"
#include "connectors/mapping/external_resource.h"

namespace app {

std::vector<craft_agents::ExternalResource> external_resources(const std::vector<connectors::ExternalResource>& mapped);

}  // namespace app
