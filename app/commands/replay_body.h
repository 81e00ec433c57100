#pragma once
// What was given for a replay, as the body of a request.

#include <string>

#include "app/commands/command.h"
#include "engine/base/result.h"

namespace app::commands {

/// A JSON object of what is selected, and with `job` also of rate, reason and the expected number. --ids selects by id, --history what the log holds,
/// anything else dead letters by filter. kMalformed: the detail names the option.
engine::Result<std::string> replay_body(const Command& command, const Given& given, bool job);

}  // namespace app::commands
