#pragma once

#include <vector>

#include "app/surfaces/craft_agents/external_resource.h"
#include "feed/type_table.h"

namespace app::craft_agents {

/// The 14 resource types of /changes in canonical order, with every accepted spelling (contract craft-agents-api 12.1); behind them the well-formed ones
/// of `externals`: "plugins.retour.redirects", also accepted as "retour.redirects", which is how items name it.
feed::TypeTable feed_types(const std::vector<ExternalResource>& externals = {});

}  // namespace app::craft_agents
