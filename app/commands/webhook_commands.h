#pragma once

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

/// The webhook probe and the development test sink: webhooks probe, probes, sink, sink-test, sink-clear.
std::vector<Command> webhook_commands();

}  // namespace app::commands
