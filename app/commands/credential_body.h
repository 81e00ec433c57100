#pragma once
// What was given for a credential, as the body of a request.

#include <string>

#include "app/commands/command.h"
#include "engine/base/result.h"

namespace app::commands {

/// A JSON object of the options that were given and have a parameter: lists are split, numbers must be whole, a token is read from
/// its file. kMalformed: an option that is no number, a file that cannot be read; the detail names it.
engine::Result<std::string> credential_body(const Command& command, const Given& given);

}  // namespace app::commands
