#include "app/commands/audit_commands.h"

#include <algorithm>
#include <optional>

#include "app/commands/answers.h"
#include "app/commands/command_output.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

constexpr std::string_view kAudit = "/admin/v1/audit";
constexpr std::int64_t kPage = 5'000;  // rows of an export at once: a few megabytes

std::string party(const JsonView& row, std::string_view type, std::string_view id) {
  const auto name = shown(row, id);
  return name.empty() ? shown(row, type) : shown(row, type) + ':' + name;
}

void write_row(std::ostream& out, const JsonView& row) {
  out << "- #" << shown(row, "id") << ' ' << shown(row, "at") << ' ' << shown(row, "category") << '/' << shown(row, "action") << ' '
      << shown(row, "outcome") << " by=" << party(row, "actorType", "actorId") << " from=" << shown(row, "ipAddress")
      << " on=" << party(row, "entityType", "entityId") << ' ' << shown(row, "summary") << '\n';
}

int list(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (!answered.good()) {
    for (const auto& problem : in_option_names(command, answered.problems)) to.err << problem << '\n';
    return kFailed;
  }
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
    return kFine;
  }
  const auto rows = answered.root().at("data").items();
  to.out << "Audit rows: " << rows.size() << '\n';
  for (const auto& row : rows) write_row(to.out, row);
  if (!rows.empty()) to.out << "Older ones: --before=" << rows.back().at("id").text() << '\n';
  return kFine;
}

int verify(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, command.endpoint);
  if (!answered.good()) return tell(command, answered, to.err);
  const auto verdict = answered.root().at("data");
  const bool holds = verdict.at("holds").truth();
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
  } else if (holds) {
    to.out << "Audit log: " << verdict.at("rows").text() << " rows, the chain holds.\nHead: " << verdict.at("head").text()
           << "\nKeep the head elsewhere: a log that was cut short shows against it.\n";
  } else {
    to.err << "Audit log: the chain is broken";
    if (const auto row = verdict.at("brokenAt").text(); !row.empty()) to.err << " at row " << row;
    to.err << ": " << verdict.at("problem").text() << '\n';
  }
  return holds ? kFine : kFailed;
}

/// The id of the last line of a page, and how many lines it has; nullopt: a line is no row.
struct Page {
  std::int64_t lines = 0;
  double last = 0;
};
std::optional<Page> page_of(std::string_view text) {
  Page page;
  page.lines = std::count(text.begin(), text.end(), '\n');
  if (text.empty()) return page;
  if (text.back() != '\n') return std::nullopt;
  const auto start = text.find_last_of('\n', text.size() - 2);
  const auto row = JsonDocument::parse(text.substr(start == text.npos ? 0 : start + 1));
  const auto id = row ? row->root().at("id").number() : std::nullopt;
  if (!id) return std::nullopt;
  page.last = *id;
  return page;
}

/// Page by page, so that neither side holds the whole log.
int write_rows(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  auto from = given.has("from") ? std::string(given.text("from")) : std::string("1");
  for (;;) {
    const auto answer =
        server.get(std::string(command.endpoint) + "?from=" + engine::net::percent_encode(from) + "&limit=" + std::to_string(kPage));
    if (!answer) return to.err << answer.error().detail << '\n', kFailed;
    if (answer->status != 200) return tell(command, read(*answer), to.err);
    const auto page = page_of(answer->body);
    if (!page) return to.err << "The answer is no list of audit rows; the export is not whole.\n", kFailed;
    to.out << answer->body;
    if (page->lines < kPage) return kFine;
    from = std::to_string(static_cast<std::int64_t>(page->last) + 1);
  }
}

}  // namespace

std::vector<Command> audit_commands() {
  return {
      {.name = "audit list",
       .summary = "decisions, newest first",
       .endpoint = kAudit,
       .options = {{.name = "category", .help = "such as credential, control.approval", .parameter = "category"},
                   {.name = "actor", .help = "only what this one did", .parameter = "actorId"},
                   {.name = "limit", .help = "at most so many", .parameter = "limit", .otherwise = "50"},
                   {.name = "before", .help = "only rows with a smaller id", .parameter = "before"}},
       .run = list},
      {.name = "audit verify", .summary = "reads the whole log and checks its chain", .endpoint = "/admin/v1/audit/verify", .run = verify},
      {.name = "audit export",
       .summary = "every row, oldest first, as JSON lines",
       .endpoint = "/admin/v1/audit/export",
       .options = {{.name = "from", .help = "begin at the row with this id", .otherwise = "1"}},
       .run = write_rows},
  };
}

}  // namespace app::commands
