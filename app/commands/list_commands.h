#pragma once
// Lists and shows of what is served: products, orders, entries, sections (contract craft-agents-governance section 8).

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> list_commands();

}  // namespace app::commands
