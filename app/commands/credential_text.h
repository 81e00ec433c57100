#pragma once
// Managed credentials as lines of text. Never their tokens.

#include <ostream>

#include "app/commands/json_view.h"

namespace app::commands {

void write_credential_line(std::ostream& out, const JsonView& credential);
/// Several lines.
void write_credential(std::ostream& out, const JsonView& credential);

}  // namespace app::commands
