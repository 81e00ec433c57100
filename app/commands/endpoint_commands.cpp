#include "app/commands/endpoint_commands.h"

#include "app/commands/answers.h"
#include "app/commands/command_output.h"
#include "app/commands/credential_body.h"
#include "app/commands/endpoint_text.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

constexpr std::string_view kEndpoints = "/admin/v1/endpoints";

int answer(const Command& command, const Given& given, const Answered& answered, Streams to) {
  if (!answered.good()) {
    for (const auto& problem : in_option_names(command, answered.problems)) to.err << problem << '\n';
    return kFailed;
  }
  const auto data = answered.root().at("data");
  const auto revealed = data.at("revealedSecret");
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
    if (!revealed.null()) to.err << "This holds a secret that nothing can show again.\n";
  } else if (!revealed.null()) {
    to.out << revealed.at("secret").text() << '\n';
    to.err << "Endpoint " << shown(revealed, "name") << ": its signing secret was printed to standard output, once: give it to the receiver, nothing can show it again.\n";
  } else if (!data.at("effect").null()) {
    write_seek(to.out, data);
  } else {
    write_endpoint(to.out, data);
  }
  return kFine;
}

std::string path_of(const Given& given, std::string_view action = {}) {
  auto path = std::string(kEndpoints) + '/' + engine::net::percent_encode(given.text("endpoint"));
  return action.empty() ? path : path + '/' + std::string(action);
}

int list(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, command.endpoint);
  if (!answered.good()) return tell(command, answered, to.err);
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
    return kFine;
  }
  const auto all = answered.root().at("data").items();
  to.out << "Endpoints: " << all.size() << '\n';
  for (const auto& endpoint : all) write_endpoint_line(to.out, endpoint);
  return kFine;
}

int show(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  return answer(command, given, get(server, path_of(given)), to);
}

int create(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto body = credential_body(command, given);
  if (!body) return to.err << body.error().detail << '\n', kWrongUse;
  return answer(command, given, post(server, command.endpoint, *body), to);
}

/// Posts what was given to `action` of the endpoint.
Run act(std::string_view action) {
  return [action](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto body = credential_body(command, given);
    if (!body) return to.err << body.error().detail << '\n', kWrongUse;
    return answer(command, given, post(server, path_of(given, action), *body), to);
  };
}

int remove(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = post(server, path_of(given, "delete"), "{}");
  if (!answered.good() || given.json) return answer(command, given, answered, to);
  to.out << "Endpoint " << given.text("endpoint") << " deleted; its dead letters stay.\n";
  return kFine;
}

Option which() { return {.name = "endpoint", .help = "its name", .kind = OptionKind::kPositional}; }

/// What create and update have in common.
std::vector<Option> settings() {
  return {
      {.name = "description", .help = "what it is for", .parameter = "description"},
      {.name = "types", .help = "of entry, order, product, or *; none: all", .parameter = "resourceTypes", .kind = OptionKind::kList},
      {.name = "actions", .help = "of created, updated, deleted, or *; none: all", .parameter = "actions", .kind = OptionKind::kList},
      {.name = "where",
       .help = "tests on the document, separated by commas: section=news|blog, status!=live, slug^=sale-, totalPrice>100, section?",
       .parameter = "where",
       .kind = OptionKind::kList},
      {.name = "form", .help = "contract, standard-webhooks or cloudevents", .parameter = "form"},
      {.name = "standard-headers", .help = "the headers of Standard Webhooks too (=0 takes it back)", .parameter = "standardHeaders", .kind = OptionKind::kFlag},
      {.name = "asymmetric", .help = "a v1a (ed25519) signature among them; its public key is shown", .parameter = "asymmetric", .kind = OptionKind::kFlag},
      {.name = "headers", .help = "NAME:VALUE, separated by commas, sent with each attempt", .parameter = "headers", .kind = OptionKind::kList},
      {.name = "timeout", .help = "seconds for a whole exchange, 1 to 60", .parameter = "timeoutSeconds", .kind = OptionKind::kWhole},
      {.name = "concurrency", .help = "attempts in flight at once at most", .parameter = "concurrency", .kind = OptionKind::kWhole},
      {.name = "rate-per-minute", .help = "attempts a minute at most; 0: no bound", .parameter = "ratePerMinute", .kind = OptionKind::kWhole},
      {.name = "burst", .help = "how many of them at once", .parameter = "burst", .kind = OptionKind::kWhole},
      {.name = "max-attempts", .help = "before a delivery becomes a dead letter, 1 to 20", .parameter = "maxAttempts", .kind = OptionKind::kWhole},
      {.name = "retry-schedule",
       .help = "seconds, separated by commas: the bound of the wait after each failure; the last one goes on",
       .parameter = "retrySchedule",
       .kind = OptionKind::kList},
      {.name = "max-age", .help = "seconds that a failing endpoint may hold a delivery back", .parameter = "maxAgeSeconds", .kind = OptionKind::kWhole},
  };
}

std::vector<Option> create_options() {
  auto options = settings();
  options.insert(options.begin(), {{.name = "name", .help = "its name for good: 1 to 64 of a-z 0-9 _ -", .parameter = "name", .kind = OptionKind::kPositional},
                                   {.name = "owner", .help = "handle of the credential it belongs to, for good", .parameter = "owner"},
                                   {.name = "url", .help = "where it is posted to", .parameter = "url"}});
  options.push_back({.name = "secret-file",
                     .help = "a signing secret of your own; \"-\": standard input. One is made where not given",
                     .parameter = "secret",
                     .kind = OptionKind::kFile});
  return options;
}

std::vector<Option> update_options() {
  auto options = settings();
  options.insert(options.begin(), {which(), {.name = "url", .help = "where it is posted to", .parameter = "url"}});
  return options;
}

}  // namespace

std::vector<Command> endpoint_commands() {
  const Option overlap{.name = "overlap-seconds", .help = "how long the former secrets sign beside it", .parameter = "overlapSeconds", .kind = OptionKind::kWhole};
  const Option reason{.name = "reason", .help = "why, for people", .parameter = "reason"};
  const Option to{.name = "to", .help = "now, an offset, or a time like 2026-01-31T12:00:00Z", .parameter = "to"};
  const Option confirm{.name = "confirm", .help = "the number of deliveries you have seen to be concerned; without it only the count is told", .parameter = "confirm", .kind = OptionKind::kWhole};
  return {
      {.name = "endpoints list", .summary = "receivers of webhooks and how far they are", .endpoint = kEndpoints, .run = list},
      {.name = "endpoints show", .summary = "one of them", .endpoint = kEndpoints, .options = {which()}, .run = show},
      {.name = "endpoints create", .summary = "a new one; prints its signing secret, once", .endpoint = kEndpoints, .options = create_options(), .run = create},
      {.name = "endpoints update", .summary = "changes what is given and nothing else", .endpoint = kEndpoints, .options = update_options(), .run = act("update")},
      {.name = "endpoints pause", .summary = "sends it nothing and keeps everything", .endpoint = kEndpoints, .options = {which(), reason}, .run = act("pause")},
      {.name = "endpoints resume", .summary = "goes on where it stands", .endpoint = kEndpoints, .options = {which()}, .run = act("resume")},
      {.name = "endpoints rotate-secret", .summary = "a new signing secret; prints it, once", .endpoint = kEndpoints, .options = {which(), overlap}, .run = act("rotate-secret")},
      {.name = "endpoints seek", .summary = "moves it to now, an offset or a time", .endpoint = kEndpoints, .options = {which(), to, confirm}, .run = act("seek")},
      {.name = "endpoints delete", .summary = "removes it and what it is owed; dead letters stay", .endpoint = kEndpoints, .options = {which()}, .run = remove},
  };
}

}  // namespace app::commands
