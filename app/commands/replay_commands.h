#pragma once
// `millrace replay …`: jobs that send again.

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> replay_commands();

}  // namespace app::commands
