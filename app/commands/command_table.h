#pragma once
// Every command of operators, once: help, dispatch and the `commands` of /capabilities come from it.

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

const std::vector<Command>& command_table();

}  // namespace app::commands
