#include "app/commands/command.h"

#include <algorithm>

#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

bool is_allowed(const Option& option, std::string_view value) {
  return option.values.empty() || value.empty() || std::find(option.values.begin(), option.values.end(), value) != option.values.end();
}

void say_replaced(const Option& option, std::string_view value, std::ostream& err) {
  err << "Unknown --" << option.name << " \"" << value << "\"; taken as \"" << option.otherwise << "\". Known:";
  for (const auto known : option.values) err << ' ' << known;
  err << '\n';
}

}  // namespace

std::string_view Given::text(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view value_of(const Option& option, const Given& given) {
  if (!given.has(option.name)) return option.otherwise;
  const auto value = given.text(option.name);
  return is_allowed(option, value) ? value : option.otherwise;
}

std::string target(const Command& command, const Given& given, std::ostream& err) {
  std::string whole(command.endpoint);
  char separator = '?';
  for (const auto& option : command.options) {
    if (option.parameter.empty()) continue;
    if (!is_allowed(option, given.text(option.name))) say_replaced(option, given.text(option.name), err);
    const auto value = value_of(option, given);
    if (value.empty()) continue;
    whole.append(1, separator).append(option.parameter).append(1, '=').append(engine::net::percent_encode(value));
    separator = '&';
  }
  return whole;
}

}  // namespace app::commands
