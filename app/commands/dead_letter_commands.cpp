#include "app/commands/dead_letter_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/desk_options.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

constexpr std::string_view kLetters = "/admin/v1/dead-letters";

void write_letter(std::ostream& out, const JsonView& letter) {
  out << "- #" << shown(letter, "id") << ' ' << shown(letter, "dateCreated") << ' ' << shown(letter, "status") << " cause=" << shown(letter, "cause")
      << " endpoint=" << shown(letter, "endpoint") << ' ' << shown(letter, "resourceType") << '/' << shown(letter, "resourceId") << ' ' << shown(letter, "action")
      << ' ' << shown(letter, "eventId") << " attempts=" << shown(letter, "attempts");
  if (const auto error = shown(letter, "lastError"); !error.empty()) out << " error=" << error;
  out << '\n';
}

int list(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (!answered.good()) return refuse(command, answered, to);
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  const auto letters = answered.root().at("data").items();
  to.out << "Dead letters: " << letters.size() << '\n';
  for (const auto& letter : letters) write_letter(to.out, letter);
  tell_next(answered.root(), to.out);
  return kFine;
}

/// Asks on where one answer did not look at everything.
int count(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto question = target(command, given, to.err);
  std::uint64_t all = 0;
  std::string cursor;
  do {
    const auto more = cursor.empty() ? std::string() : std::string(question.find('?') == question.npos ? "?" : "&") + "cursor=" + cursor;
    const auto answered = get(server, question + more);
    if (!answered.good()) return refuse(command, answered, to);
    const auto data = answered.root().at("data");
    all += static_cast<std::uint64_t>(data.at("count").number().value_or(0));
    cursor = data.at("next").text();
  } while (!cursor.empty());
  if (given.json) {
    to.out << pretty_json("{\"count\":" + std::to_string(all) + "}");
  } else {
    to.out << all << '\n';
  }
  return kFine;
}

int groups(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (!answered.good()) return refuse(command, answered, to);
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  const auto by = given.has("by") ? std::string(given.text("by")) : std::string("cause");
  for (const auto& group : answered.root().at("data").items()) {
    to.out << "- " << shown(group, by) << ": " << shown(group, "count") << ", first " << shown(group, "first") << ", last " << shown(group, "last")
           << ", such as #" << shown(group, "sample") << '\n';
  }
  const auto meta = answered.root().at("meta");
  if (const auto others = meta.at("others").text(); !others.empty()) to.out << "Others: " << others << '\n';
  if (!meta.at("complete").truth()) to.err << "Not all were looked at; narrow the filter, or go on with --cursor=" << meta.at("next").text() << '\n';
  return kFine;
}

std::string path_of(const Given& given, std::string_view action = {}) {
  auto path = std::string(kLetters) + '/' + engine::net::percent_encode(given.text("letter"));
  return action.empty() ? path : path + '/' + std::string(action);
}

int show(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, path_of(given));
  if (!answered.good()) return refuse(command, answered, to);
  const auto letter = answered.root().at("data");
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  write_letter(to.out, letter);
  to.out << "Offset: " << shown(letter, "offset") << "\nUpdated: " << shown(letter, "dateUpdated") << "\nPayload: " << pretty_json(letter.at("payload"));
  return kFine;
}

int replay(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = post(server, path_of(given, "replay"), "{}");
  if (!answered.good()) return refuse(command, answered, to);
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  const auto letter = answered.root().at("data");
  to.out << "Dead letter #" << shown(letter, "id") << " is " << shown(letter, "status") << " for " << shown(letter, "endpoint") << ".\n";
  return kFine;
}

}  // namespace

std::vector<Command> dead_letter_commands() {
  const Option which{.name = "letter", .help = "its id", .kind = OptionKind::kPositional};
  const Option by{.name = "by", .help = "what a group has in common: cause, error, endpoint or resourceType", .parameter = "by"};
  const Option cursor = page_options().back();
  return {
      {.name = "dlq list", .summary = "deliveries given up, newest first", .endpoint = kLetters, .options = joined(dead_letter_options(), page_options()), .run = list},
      {.name = "dlq count", .summary = "how many there are", .endpoint = "/admin/v1/dead-letters/count", .options = dead_letter_options(), .run = count},
      {.name = "dlq groups",
       .summary = "by cause: how many, since when, one of them",
       .endpoint = "/admin/v1/dead-letters/groups",
       .options = joined(dead_letter_options(), {by, cursor}),
       .run = groups},
      {.name = "dlq show", .summary = "one of them with its payload", .endpoint = kLetters, .options = {which}, .run = show},
      {.name = "dlq replay", .summary = "sends one again; many: millrace replay create", .endpoint = kLetters, .options = {which}, .run = replay},
  };
}

}  // namespace app::commands
