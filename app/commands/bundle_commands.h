#pragma once
// What is handed on: the diagnostics bundle, templates and starter packs (contract craft-agents-governance section 8).

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> bundle_commands();
std::vector<Command> catalogue_commands();

}  // namespace app::commands
