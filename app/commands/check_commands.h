#pragma once
// Checks: what is wrong, what might be, and an exit status a scheduler can act on (contract craft-agents-governance sections 5.7 and 8).

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> check_commands();

}  // namespace app::commands
