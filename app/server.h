#pragma once
// The running program: every room made once, wired, started and ended in order.

#include <optional>

#include "app/config.h"
#include "engine/base/utc.h"

namespace app {

struct ServeOptions {
  std::optional<engine::WallTime> clock_start;  ///< the wall clock starts here instead of at the machine's time
};

/// Serves until SIGINT or SIGTERM, then drains: requests in flight are answered, deliveries in flight end, positions are stored.
/// A second signal cuts the drain short. SIGHUP reads the listener's certificate files again. Returns when everything is closed. Blocking.
/// Errors: whatever keeps the program from starting, with its remedy.
engine::Result<void> serve(const Config& config, const ServeOptions& options);

}  // namespace app
