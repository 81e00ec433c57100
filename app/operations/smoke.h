#pragma once
// Reads a little of what clients read.

#include "app/operations/diagnostics.h"

namespace feed {
class ListReader;
}

namespace app::operations {

/// All sections, one live entry, and with the shop one product and one order of the last 30 days. Blocking.
SmokeFacts read_smoke(const feed::ListReader& lists, bool commerce, engine::WallTime now);

}  // namespace app::operations
