#pragma once
// `millrace endpoints …`: who receives webhooks.

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> endpoint_commands();

}  // namespace app::commands
