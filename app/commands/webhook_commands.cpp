#include "app/commands/webhook_commands.h"

#include "app/commands/answers.h"
#include "app/commands/command_output.h"
#include "app/commands/credential_body.h"

namespace app::commands {

namespace {

constexpr std::string_view kProbe = "/admin/v1/webhooks/probe";
constexpr std::string_view kSink = "/admin/v1/webhooks/test-sink";

/// Everything but a good answer, or the whole of it as JSON; nullopt: there is something to write as lines.
std::optional<int> settled(const Command& command, const Given& given, const Answered& answered, Streams to) {
  if (!answered.good()) return tell(command, answered, to.err);
  if (!given.json) return std::nullopt;
  to.out << pretty_json(payload_json(answered.root()));
  return kFine;
}

void write_run(std::ostream& out, const JsonView& run) {
  out << "- #" << shown(run, "id") << ' ' << shown(run, "dateCreated") << ' ' << shown(run, "status") << ' ' << shown(run, "probeId");
  if (!run.at("httpStatusCode").null()) out << " http=" << shown(run, "httpStatusCode");
  out << " by=" << shown(run, "triggeredByLabel");
  if (!run.at("errorMessage").null()) out << ": " << shown(run, "errorMessage");
  out << '\n';
}

int send_probe(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto body = credential_body(command, given);
  if (!body) return to.err << body.error().detail << '\n', kWrongUse;
  const auto answered = post(server, command.endpoint, *body);
  const auto run = answered.root().at("data");
  const int verdict = run.at("status").text() == "delivered" ? kFine : kFailed;
  if (const auto status = settled(command, given, answered, to)) return *status == kFine ? verdict : *status;
  write_run(to.out, run);
  return verdict;
}

int list_probes(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (const auto status = settled(command, given, answered, to)) return *status;
  const auto data = answered.root().at("data");
  const auto config = data.at("config"), summary = data.at("summary");
  to.out << "Probes of " << shown(config, "targetUrl") << ": " << shown(summary, "total") << ", " << shown(summary, "failed") << " failed\n";
  for (const auto& run : data.at("runs").items()) write_run(to.out, run);
  if (config.at("cooldownActive").truth()) to.out << "The next may be sent in " << shown(config, "cooldownRemainingSeconds") << " s.\n";
  return kFine;
}

void write_capture(std::ostream& out, const JsonView& capture) {
  out << "- #" << shown(capture, "id") << ' ' << shown(capture, "dateCreated") << ' ' << shown(capture, "verificationStatus") << ' ' << shown(capture, "resourceType") << '/'
      << shown(capture, "resourceId") << ' ' << shown(capture, "action") << ' ' << shown(capture, "eventId") << " bytes=" << shown(capture, "payloadBytes") << '\n';
}

int show_sink(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, command.endpoint);
  if (const auto status = settled(command, given, answered, to)) return *status;
  const auto data = answered.root().at("data");
  const auto config = data.at("config"), summary = data.at("summary");
  if (!config.at("enabled").truth()) return to.out << "The test sink is off.\n", kFine;
  to.out << "Test sink " << shown(config, "url") << ": " << shown(summary, "total") << " captured, " << shown(summary, "valid") << " valid, " << shown(summary, "invalid") << " invalid, "
         << shown(summary, "unsigned") << " unsigned\n";
  for (const auto& capture : data.at("captures").items()) write_capture(to.out, capture);
  return kFine;
}

int test_sink(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto body = credential_body(command, given);
  if (!body) return to.err << body.error().detail << '\n', kWrongUse;
  const auto answered = post(server, command.endpoint, *body);
  const auto capture = answered.root().at("data");
  const int verdict = capture.at("verificationStatus").text() == "valid" ? kFine : kFailed;
  if (const auto status = settled(command, given, answered, to)) return *status == kFine ? verdict : *status;
  write_capture(to.out, capture);
  return verdict;
}

int clear_sink(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = post(server, command.endpoint, "{}");
  if (const auto status = settled(command, given, answered, to)) return *status;
  to.out << shown(answered.root().at("data"), "deleted") << " captures removed.\n";
  return kFine;
}

}  // namespace

std::vector<Command> webhook_commands() {
  const Option which{.name = "endpoint", .help = "name of the endpoint; none: the configured webhook", .parameter = "endpoint"};
  return {
      {.name = "webhooks probe",
       .summary = "sends one signed probe to an endpoint's live URL, once in five minutes; fails where it is not accepted",
       .endpoint = kProbe,
       .options = {which},
       .run = send_probe},
      {.name = "webhooks probes", .summary = "the probes that an endpoint was sent, newest first", .endpoint = kProbe, .options = {which}, .run = list_probes},
      {.name = "webhooks sink", .summary = "what the development test sink has captured", .endpoint = kSink, .run = show_sink},
      {.name = "webhooks sink-test",
       .summary = "sends the sink a test event through an endpoint's real delivery path; fails where its signature is not good",
       .endpoint = "/admin/v1/webhooks/test-sink/test",
       .options = {which},
       .run = test_sink},
      {.name = "webhooks sink-clear", .summary = "removes every capture", .endpoint = "/admin/v1/webhooks/test-sink/clear", .run = clear_sink},
  };
}

}  // namespace app::commands
