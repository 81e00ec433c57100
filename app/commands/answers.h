#pragma once
// One question to the server, and everything but an answer as lines for the operator.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/command.h"
#include "app/commands/json_view.h"

namespace app::commands {

struct Answered {
  int status = 0;  ///< 0: nobody answered
  std::optional<JsonDocument> document{};
  std::vector<std::string> problems{};  ///< why there is no answer to go on with; empty: there is
  bool good() const { return problems.empty(); }
  JsonView root() const { return document ? document->root() : JsonView{}; }
};

/// An answer as it came.
Answered read(engine::Result<ServerAnswer> answer);
Answered get(OperatorServer& server, std::string_view target);
Answered post(OperatorServer& server, std::string_view target, std::string_view json);
/// The problems, a line each. kFailed.
int tell(const Answered& answered, std::ostream& err);
/// The same for an endpoint that names nothing which could be missing: 404 means that this server does not have it.
int tell(const Command& command, const Answered& answered, std::ostream& err);
/// A server's messages name its parameters; the operator knows the command's options.
std::vector<std::string> in_option_names(const Command& command, std::vector<std::string> problems);

}  // namespace app::commands
