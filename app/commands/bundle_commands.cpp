#include "app/commands/bundle_commands.h"

#include "app/commands/answers.h"
#include "app/commands/command_output.h"

namespace app::commands {

namespace {

/// The bundle as the command line made it: its source is "cli".
void write_bundle(engine::JsonWriter& json, const JsonView& bundle) {
  json.begin_object();
  for (const auto& [key, value] : bundle.members()) {
    if (key == "ok") continue;
    json.key(key);
    key == "source" ? json.string("cli") : json.raw(value.json());
  }
  json.end_object();
}

int diagnostics_bundle(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, command.endpoint);
  if (!answered.good()) return tell(command, answered, to.err);
  const auto bundle = answered.root();
  const auto totals = bundle.at("summary").at("checks");
  const auto errors = totals.at("errorsTotal").number().value_or(0), warnings = totals.at("warningsTotal").number().value_or(0);
  const bool failed = errors > 0 || (given.strict && warnings > 0);
  const auto status = failed ? "failed" : "ok";
  if (!given.json) {
    to.out << "Command: " << command.name << "\nStatus: " << status << (given.strict ? "\nMode: strict" : "")
           << "\nChecks failed: " << totals.at("checksFailed").text() << "\nErrors: " << totals.at("errorsTotal").text()
           << "\nWarnings: " << totals.at("warningsTotal").text() << "\nUse --json=1 to print the full diagnostics artifact.\n";
    return failed ? kFailed : kFine;
  }
  std::string whole;
  engine::JsonWriter json(whole);
  json.begin_object();
  json.key("command").string(command.name);
  json.key("status").string(status);
  json.key("strict").boolean(given.strict);
  json.key("errorsTotal").real(errors);
  json.key("warningsTotal").real(warnings);
  json.key("bundle");
  write_bundle(json, bundle);
  json.key("generatedAt").string(bundle.at("generatedAt").text());
  json.end_object();
  to.out << pretty_json(whole);
  return failed ? kFailed : kFine;
}

/// One of the two catalogues: what it calls itself and its members.
struct Catalogue {
  std::string_view title, list, one, unknown;
};

void write_item(std::ostream& out, const JsonView& item) {
  out << item.at("id").text() << " (" << item.at("displayName").text() << ")\n" << item.at("intent").text() << "\nScopes:\n";
  write_bullets(out, item.at("requiredScopes").texts());
  out << "Endpoints:\n";
  for (const auto& step : item.at("endpointSequence").items())
    out << "- " << step.at("method").text() << ' ' << step.at("path").text() << '\n';
  for (const auto& command : item.at("sampleCommands").texts()) out << "$ " << command << '\n';
  for (const auto& [name, runtime] : item.at("runtimes").members())
    out << "\n# " << runtime.at("label").text() << "\n" << runtime.at("snippet").text() << '\n';
}

Run catalogue(Catalogue form) {
  return [form](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = get(server, target(command, given, to.err));
    const auto id = given.text("template-id");
    if (answered.status == 404 && !id.empty()) {
      to.err << form.unknown << ": " << id << '\n';
      return kFailed;
    }
    if (!answered.good()) return tell(command, answered, to.err);
    if (given.json) {
      to.out << pretty_json(payload_json(answered.root()));
    } else if (!id.empty()) {
      write_item(to.out, answered.root().at(form.one));
    } else {
      const auto items = answered.root().at(form.list).items();
      to.out << form.title << ": " << items.size() << '\n';
      for (const auto& item : items) to.out << "- " << item.at("id").text() << " (" << item.at("displayName").text() << ")\n";
      to.out << "Use --template-id=<id> for detailed output.\n";
    }
    return kFine;
  };
}

Option template_id() { return {.name = "template-id", .help = "only this one, in full", .parameter = "id", .letter = 't'}; }

}  // namespace

std::vector<Command> catalogue_commands() {
  return {
      {.name = "template-catalog",
       .summary = "templates for integrations",
       .endpoint = "/agents/v1/templates",
       .options = {template_id()},
       .described = true,
       .run = catalogue({"Templates", "templates", "template", "Unknown template"})},
      {.name = "starter-packs",
       .summary = "starter packs: templates with code to begin with",
       .endpoint = "/agents/v1/starter-packs",
       .options = {template_id()},
       .described = true,
       .run = catalogue({"Starter packs", "starterPacks", "starterPack", "Unknown starter pack"})},
  };
}

std::vector<Command> bundle_commands() {
  return {{.name = "diagnostics-bundle",
           .summary = "everything a support case needs, redacted",
           .endpoint = "/agents/v1/diagnostics/bundle",
           .checks = true,
           .described = true,
           .run = diagnostics_bundle}};
}

}  // namespace app::commands
