#pragma once

#include "feed/type_table.h"

namespace app::craft_agents {

/// The 14 resource types of /changes in canonical order, with every accepted spelling (contract craft-agents-api 12.1).
feed::TypeTable feed_types();

}  // namespace app::craft_agents
