#pragma once
// Options that commands of the operator's desk have in common.

#include <string>
#include <vector>

#include "app/commands/answers.h"

namespace app::commands {

/// --endpoint, --resource-type, --resource-id, --action, --cause, --status, --since, --before: which dead letters.
std::vector<Option> dead_letter_options();
/// "so many at most" and "go on behind".
std::vector<Option> page_options();
/// `first`, then `more`.
std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& more);

/// The problems in the words of the command's options. kFailed.
int refuse(const Command& command, const Answered& answered, Streams to);
/// "More: --cursor=…" where the answer has a next place.
void tell_next(const JsonView& answer, std::ostream& out);

}  // namespace app::commands
