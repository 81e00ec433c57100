#include "app/commands/delivery_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/desk_options.h"

namespace app::commands {

namespace {

void write_attempt(std::ostream& out, const JsonView& attempt) {
  const auto status = shown(attempt, "status");
  out << "- " << shown(attempt, "at") << ' ' << (attempt.at("delivered").truth() ? "ok" : shown(attempt, "cause")) << ' ' << (status.empty() ? "-" : status) << ' '
      << shown(attempt, "latencyMs") << "ms endpoint=" << shown(attempt, "endpoint") << ' ' << shown(attempt, "resourceType") << '/' << shown(attempt, "resourceId") << ' '
      << shown(attempt, "eventId") << " offset=" << shown(attempt, "offset") << " attempt=" << shown(attempt, "attempt");
  if (attempt.at("replay").truth()) out << " replay";
  if (const auto detail = shown(attempt, "detail"); !detail.empty()) out << " said=" << detail;
  out << '\n';
}

int list(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (!answered.good()) return refuse(command, answered, to);
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  const auto attempts = answered.root().at("data").items();
  to.out << "Attempts: " << attempts.size() << '\n';
  for (const auto& attempt : attempts) write_attempt(to.out, attempt);
  tell_next(answered.root(), to.out);
  return kFine;
}

}  // namespace

std::vector<Command> delivery_commands() {
  return {{.name = "deliveries",
           .summary = "attempts to deliver, newest first",
           .endpoint = "/admin/v1/deliveries",
           .options = joined({{.name = "endpoint", .help = "only those to this endpoint", .parameter = "endpoint"},
                              {.name = "event", .help = "only those of this event, evt_…", .parameter = "eventId"},
                              {.name = "resource-type", .help = "only those about this type", .parameter = "resourceType"},
                              {.name = "resource-id", .help = "only those about the resource with this id", .parameter = "resourceId"},
                              {.name = "failed", .help = "only those that failed", .parameter = "failed", .kind = OptionKind::kFlag},
                              {.name = "since", .help = "from this instant on, such as 2026-03-04T10:00:00Z", .parameter = "since"},
                              {.name = "before", .help = "up to this instant, not included", .parameter = "before"}},
                             page_options()),
           .run = list}};
}

}  // namespace app::commands
