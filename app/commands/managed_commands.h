#pragma once
// What commands of things that operators make and change have in common: list, show, create and act on one, a secret shown once.

#include <functional>
#include <ostream>
#include <string>
#include <string_view>

#include "app/commands/answers.h"
#include "app/commands/command.h"

namespace app::commands {

/// One kind of such things.
struct Managed {
  std::string_view path;      ///< of the list: "/admin/v1/credentials"
  std::string_view option;    ///< the positional option that names one
  std::string_view title;     ///< of the list: "Credentials"
  std::string_view revealed;  ///< member of the data that holds what is shown once
  std::string_view kept;      ///< said beside a JSON answer that holds it
  std::function<void(const JsonView& revealed, Streams)> reveal;
  std::function<void(std::ostream&, const JsonView&)> line;   ///< one of a list
  std::function<void(std::ostream&, const JsonView&)> whole;  ///< the data of any other answer
};

/// Writes an answer, or its problems with the names of the command's options. The exit status.
int write_answer(const Managed& kind, const Command& command, const Given& given, const Answered& answered, Streams to);
/// The one that was named, and what is to be done with it.
std::string path_of(const Managed& kind, const Given& given, std::string_view action = {});

// Commands; `kind` is kept.
Run list_of(Managed kind);
Run show_one(Managed kind);
Run create_one(Managed kind);
/// Posts what was given to `action` of the one that was named.
Run act_on_one(Managed kind, std::string_view action);
/// The same with "delete"; says `before`, the name and `behind`.
Run delete_one(Managed kind, std::string_view before, std::string_view behind);

}  // namespace app::commands
