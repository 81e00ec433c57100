#include "app/commands/endpoint_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/endpoint_text.h"
#include "app/commands/managed_commands.h"

namespace app::commands {

namespace {

constexpr std::string_view kEndpoints = "/admin/v1/endpoints";

/// The only moment at which a secret is seen: alone on `out`, so that a pipe can take it; the warning beside it.
void write_secret(const JsonView& revealed, Streams to) {
  to.out << revealed.at("secret").text() << '\n';
  to.err << "Endpoint " << shown(revealed, "name") << ": its signing secret was printed to standard output, once: give it to the receiver, nothing can show it again.\n";
}

void write_data(std::ostream& out, const JsonView& data) { data.at("effect").null() ? write_endpoint(out, data) : write_seek(out, data); }

Managed kind() {
  return {kEndpoints, "endpoint", "Endpoints", "revealedSecret", "This holds a secret that nothing can show again.", write_secret, write_endpoint_line, write_data};
}

Option which() { return {.name = "endpoint", .help = "its name", .kind = OptionKind::kPositional}; }

/// What create and update have in common.
std::vector<Option> settings() {
  return {
      {.name = "description", .help = "what it is for", .parameter = "description"},
      {.name = "types", .help = "of entry, order, product, or * for these three; none: the same; further types of the feed by name: asset, user, …", .parameter = "resourceTypes", .kind = OptionKind::kList},
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
      {.name = "endpoints list", .summary = "receivers of webhooks and how far they are", .endpoint = kEndpoints, .run = list_of(kind())},
      {.name = "endpoints show", .summary = "one of them", .endpoint = kEndpoints, .options = {which()}, .run = show_one(kind())},
      {.name = "endpoints create", .summary = "a new one; prints its signing secret, once", .endpoint = kEndpoints, .options = create_options(), .run = create_one(kind())},
      {.name = "endpoints update", .summary = "changes what is given and nothing else", .endpoint = kEndpoints, .options = update_options(), .run = act_on_one(kind(), "update")},
      {.name = "endpoints pause", .summary = "sends it nothing and keeps everything", .endpoint = kEndpoints, .options = {which(), reason}, .run = act_on_one(kind(), "pause")},
      {.name = "endpoints resume", .summary = "goes on where it stands", .endpoint = kEndpoints, .options = {which()}, .run = act_on_one(kind(), "resume")},
      {.name = "endpoints rotate-secret", .summary = "a new signing secret; prints it, once", .endpoint = kEndpoints, .options = {which(), overlap}, .run = act_on_one(kind(), "rotate-secret")},
      {.name = "endpoints seek", .summary = "moves it to now, an offset or a time", .endpoint = kEndpoints, .options = {which(), to, confirm}, .run = act_on_one(kind(), "seek")},
      {.name = "endpoints delete", .summary = "removes it and what it is owed; dead letters stay", .endpoint = kEndpoints, .options = {which()}, .run = delete_one(kind(), "Endpoint ", " deleted; its dead letters stay.")},
  };
}

}  // namespace app::commands
