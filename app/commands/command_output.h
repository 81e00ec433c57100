#pragma once
// How commands write: the recorded forms of text and JSON (contract craft-agents-governance section 8).

#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/json_view.h"

namespace app::commands {

/// One document, four spaces a level, a line end behind it. Other characters than ASCII are escaped, so that it reads the same on every
/// terminal; slashes are not.
std::string pretty_json(const JsonView& value);
/// The same of a text that is JSON already; the text itself where it is none.
std::string pretty_json(std::string_view compact);

/// The answer without its envelope: all members but ok, requestId, page and pagination.
std::string payload_json(const JsonView& answer);

/// Without what moves a terminal's cursor or starts a line of its own: control characters become blanks. Titles and names are written by
/// strangers.
std::string one_line(std::string_view text);
/// The member's text, on one line.
std::string shown(const JsonView& object, std::string_view key);
/// "- one\n- two\n", each on one line.
void write_bullets(std::ostream& out, const std::vector<std::string>& lines);
/// Two decimals; empty for null.
std::string money(const JsonView& amount);

}  // namespace app::commands
