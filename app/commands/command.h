#pragma once
// A command of operators as a value: what it is called, what may be given to it, what it asks the server for, what it makes of the answer.

#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/operator_server.h"

namespace app::commands {

inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;    ///< the answer is no, or there is none
inline constexpr int kWrongUse = 2;  ///< the command line itself cannot be understood

enum class OptionKind : unsigned char {
  kText,        ///< sent as it is: the server says what is wrong with it
  kWhole,       ///< a whole number
  kList,        ///< texts, separated by commas or blanks
  kFile,        ///< its first line counts; "-" is standard input
  kFlag,        ///< "--name" or "--name=1"
  kPositional,  ///< without dashes, and needed
};

struct Option {
  std::string_view name;  ///< without dashes
  std::string_view help;
  std::string_view parameter{};  ///< of the endpoint; empty: not sent to it as it is
  std::string_view otherwise{};  ///< where it is not given
  char letter = 0;               ///< its short form
  OptionKind kind = OptionKind::kText;
  /// Where not empty: any other value counts as `otherwise`, and that is said (as recorded: no failure).
  std::vector<std::string_view> values{};
};

/// What one invocation says.
struct Given {
  std::map<std::string, std::string, std::less<>> values{};  ///< by option name; flags that are on have "1", those that are off "0"
  bool json = false;                                         ///< one pretty JSON document instead of lines
  bool strict = false;                                       ///< warnings fail
  bool has(std::string_view name) const { return values.contains(name); }
  /// Empty where it was not given.
  std::string_view text(std::string_view name) const;
  bool on(std::string_view name) const { return text(name) == "1"; }
};

/// Where a command writes: results to `out`, everything else to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
};

struct Command;
/// The exit status.
using Run = std::function<int(const Command&, const Given&, OperatorServer&, Streams)>;

struct Command {
  std::string_view name;  ///< one word, or group and word ("credentials list")
  std::string_view summary;
  std::string_view endpoint;  ///< path of the server
  std::vector<Option> options{};
  bool checks = false;     ///< takes --strict
  bool described = false;  ///< named in /capabilities (contract craft-agents-api 14.3)
  Run run{};
};

/// What was given, or what counts otherwise.
std::string_view value_of(const Option& option, const Given& given);
/// The command's endpoint with every option that has a parameter and a value. A value outside an option's list is replaced, and said to
/// `err`.
std::string target(const Command& command, const Given& given, std::ostream& err);

}  // namespace app::commands
