#include "app/commands/credential_body.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>

#include "engine/base/json_writer.h"

namespace app::commands {

namespace {

using engine::Errc;
using engine::fail;
using engine::Result;

void write_list(engine::JsonWriter& json, std::string_view text) {
  constexpr std::string_view kSeparators = ", \t\n";
  json.begin_array();
  for (auto at = text.find_first_not_of(kSeparators); at != text.npos; at = text.find_first_not_of(kSeparators, at)) {
    const auto end = std::min(text.find_first_of(kSeparators, at), text.size());
    json.string(text.substr(at, end - at));
    at = end;
  }
  json.end_array();
}

Result<std::string> first_line(const Option& option, const std::string& file) {
  const auto named = "--" + std::string(option.name) + ": ";
  std::string line;
  if (file == "-") {
    std::getline(std::cin, line);
  } else {
    std::ifstream in(file);
    if (!in) return fail(Errc::kMalformed, named + "cannot read " + file);
    std::getline(in, line);
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) return fail(Errc::kMalformed, named + "the first line of " + file + " is empty");
  return line;
}

Result<void> write_value(engine::JsonWriter& json, const Option& option, std::string_view text) {
  switch (option.kind) {
    case OptionKind::kText:
    case OptionKind::kPositional:
      json.string(text);
      break;
    case OptionKind::kList:
      write_list(json, text);
      break;
    case OptionKind::kFlag:
      json.boolean(text == "1");
      break;
    case OptionKind::kWhole: {
      std::int64_t number = 0;
      const auto [stop, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (bad != std::errc() || stop != text.data() + text.size()) {
        return fail(Errc::kMalformed, "--" + std::string(option.name) + ": expected a whole number, not \"" + std::string(text) + "\"");
      }
      json.number(number);
      break;
    }
    case OptionKind::kFile: {
      auto line = first_line(option, std::string(text));
      if (!line) return line.take_error();
      json.string(*line);
      break;
    }
  }
  return engine::ok();
}

}  // namespace

Result<std::string> credential_body(const Command& command, const Given& given) {
  std::string body;
  engine::JsonWriter json(body);
  json.begin_object();
  for (const auto& option : command.options) {
    if (option.parameter.empty() || !given.has(option.name)) continue;
    json.key(option.parameter);
    if (auto written = write_value(json, option, given.text(option.name)); !written) return written.take_error();
  }
  json.end_object();
  return body;
}

}  // namespace app::commands
