#include "app/commands/command_line.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/commands/command_table.h"
#include "app/commands/operator_address.h"
#include "app/commands/operator_client.h"

namespace app::commands {

namespace {

constexpr char kSection[] = "For operators, answered by the running server";  // in the program's help
constexpr char kFooter[] =
    "Asks the running server as its operator, whose scopes show no personal data and no secrets. Exit status: 0 fine, 1 failed or no "
    "answer, 2 wrong use.";
const std::map<std::string_view, std::string> kGroups{{"webhooks", "the webhook probe and the development test sink"},
                                                      {"credentials", "managed credentials: what machines may come in with"},
                                                      {"endpoints", "receivers of webhooks"},
                                                      {"audit", "the chained record of decisions"},
                                                      {"dlq", "dead letters: deliveries given up"},
                                                      {"replay", "jobs that send dead letters or history again"}};

CLI::App* subcommand(CLI::App& program, const Command& command) {
  const std::string name(command.name), summary(command.summary);
  const auto space = name.find(' ');
  if (space == std::string::npos) return program.add_subcommand(name, summary)->group(kSection);
  const auto group = name.substr(0, space);
  const auto there = program.get_subcommands([&group](const CLI::App* one) { return one->get_name() == group; });
  auto* parent = there.empty() ? nullptr : there.front();
  if (!parent) {
    parent = program.add_subcommand(group, kGroups.at(group));
    parent->require_subcommand(1)->group(kSection);
  }
  return parent->add_subcommand(name.substr(space + 1), summary);
}

std::string help_of(const Option& option) {
  return std::string(option.help) + (option.otherwise.empty() ? "" : " (default " + std::string(option.otherwise) + ")");
}

std::string spelling(const Option& option) {
  if (option.kind == OptionKind::kPositional) return std::string(option.name);
  return (option.letter ? std::string{'-', option.letter, ','} : std::string()) + "--" + std::string(option.name);
}

}  // namespace

std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  std::vector<std::string> backwards;
  for (int i = argc - 1; i > 0; --i) {
    std::string_view argument = argv[i];
    if (argument.size() > 3 && argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
      backwards.emplace_back();
      argument.remove_suffix(1);
    }
    backwards.emplace_back(argument);
  }
  return backwards;
}

struct CommandLine::Parsed {
  Parsed(const Command& of, CLI::App* as) : command(of), subcommand(as) {}

  const Command& command;
  CLI::App* subcommand;
  Given given;
  std::string config_file = "millrace.toml", server, ca_file;

  void add_option(const Option& option);
  void add_common();
};

void CommandLine::Parsed::add_option(const Option& option) {
  const std::string name(option.name);
  if (option.kind == OptionKind::kFlag) {
    const auto take = [this, name](const bool& on) { given.values[name] = on ? "1" : "0"; };
    subcommand->add_flag_function(
        spelling(option), [take](std::int64_t count) { take(count > 0); }, help_of(option));
    return;
  }
  const auto take = [this, name](const std::string& value) { given.values[name] = value; };
  auto* added = subcommand->add_option_function<std::string>(spelling(option), take, help_of(option));
  if (option.kind == OptionKind::kPositional) added->required();
}

void CommandLine::Parsed::add_common() {
  subcommand->add_flag("-j,--json", given.json, "one JSON document instead of lines");
  if (command.checks) subcommand->add_flag("--strict", given.strict, "warnings fail, too");
  subcommand->add_option("--config", config_file, "the configuration of the server that runs here")
      ->envname("MILLRACE_CONFIG")
      ->capture_default_str();
  subcommand->add_option("--server", server, "a server elsewhere: https://HOST; its token in MILLRACE_OPERATOR_TOKEN");
  subcommand->add_option("--ca", ca_file, "PEM file that signs the certificate of --server");
  subcommand->footer(kFooter);
}

CommandLine::CommandLine(CLI::App& program) {
  for (const auto& command : command_table()) {
    auto parsed = std::make_unique<Parsed>(command, subcommand(program, command));
    for (const auto& option : command.options) parsed->add_option(option);
    parsed->add_common();
    parsed_.push_back(std::move(parsed));
  }
}

CommandLine::~CommandLine() = default;

std::optional<int> CommandLine::run(const Environment& environment, Streams streams) {
  for (const auto& one : parsed_) {
    if (!one->subcommand->parsed()) continue;
    const bool remote = !one->server.empty();
    auto storage = remote ? engine::Result<std::filesystem::path>() : load_storage_directory(one->config_file);
    if (!storage)
      return streams.err << storage.error().detail
                         << " (--config FILE or MILLRACE_CONFIG names it; --server URL asks a server elsewhere)\n",
             kWrongUse;
    auto address = remote ? remote_address(one->server, one->ca_file, environment) : local_address(*storage);
    if (!address)
      return streams.err << address.error().detail << '\n', address.error().code == engine::Errc::kMalformed ? kWrongUse : kFailed;
    OperatorClient server(std::move(*address));
    const int status = one->command.run(one->command, one->given, server, streams);
    if (streams.out.flush()) return status;
    return streams.err << "What was to be written to standard output could not be written.\n", kFailed;
  }
  return std::nullopt;
}

}  // namespace app::commands
