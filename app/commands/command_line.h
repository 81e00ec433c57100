#pragma once
// The commands of the table as subcommands of the program.

#include <map>
#include <memory>
#include <optional>

#include "app/commands/command.h"
#include "app/config.h"

namespace CLI {
class App;
}

namespace app::commands {

/// What CLI11 is to parse (backwards, as it wants it): "--name=" becomes "--name" and an empty value, which would take the next argument
/// otherwise.
std::vector<std::string> arguments_of(int argc, const char* const* argv);

class CommandLine {
 public:
  /// Adds every command of the table to `program`, which outlives this object.
  explicit CommandLine(CLI::App& program);
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  /// After `program` has parsed: runs the command that was named, against the running server; its exit status. nullopt: it was none of
  /// these.
  std::optional<int> run(const Environment& environment, Streams streams);

 private:
  struct Parsed;
  std::vector<std::unique_ptr<Parsed>> parsed_;  // what each command was given; CLI11 writes into it
};

}  // namespace app::commands
