#pragma once
// `millrace audit …`: the chained record of decisions (contract craft-agents-governance 4.10).

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> audit_commands();

}  // namespace app::commands
