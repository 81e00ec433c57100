#pragma once
// `millrace deliveries`: what was sent to whom and what came back.

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> delivery_commands();

}  // namespace app::commands
