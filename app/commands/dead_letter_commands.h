#pragma once
// `millrace dlq …`: deliveries given up (contract craft-agents-api 16.8), as operators look for them.

#include <vector>

#include "app/commands/command.h"

namespace app::commands {

std::vector<Command> dead_letter_commands();

}  // namespace app::commands
