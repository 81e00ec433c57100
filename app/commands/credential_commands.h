#pragma once
// `millrace credentials …`: what machines may come in with (contract craft-agents-governance section 2).

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> credential_commands();

}  // namespace app::commands
