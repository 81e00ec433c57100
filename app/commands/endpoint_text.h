#pragma once
// Endpoints as lines of text. Never their secrets.

#include <ostream>

#include "app/commands/json_view.h"

namespace app::commands {

void write_endpoint_line(std::ostream& out, const JsonView& endpoint);
/// Several lines.
void write_endpoint(std::ostream& out, const JsonView& endpoint);
/// What a seek means, or has done.
void write_seek(std::ostream& out, const JsonView& plan);

}  // namespace app::commands
