#include "app/commands/replay_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/desk_options.h"
#include "app/commands/replay_body.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

constexpr std::string_view kReplays = "/admin/v1/replays";
constexpr std::chrono::milliseconds kLookAgain{500};

std::string progress_of(const JsonView& job) {
  return shown(job, "done") + " of " + shown(job, "total") + " done, " + shown(job, "delivered") + " delivered, " + shown(job, "failed") + " failed, " +
         shown(job, "skipped") + " skipped";
}

std::string selection_of(const JsonView& selection) {
  const auto source = shown(selection, "source");
  if (source == "ids") return std::to_string(selection.at("ids").items().size()) + " dead letters by id";
  if (source == "history") return "history of " + shown(selection, "endpoint") + ", offsets " + shown(selection, "fromOffset") + " to before " + shown(selection, "endOffset");
  std::string text = "dead letters";
  for (const auto& [name, value] : selection.members()) {
    if (name != "source" && !value.null()) text += " " + std::string(name) + "=" + one_line(value.text());
  }
  return text;
}

void write_job(std::ostream& out, const JsonView& job) {
  out << "- #" << shown(job, "id") << ' ' << shown(job, "state") << ": " << progress_of(job) << "; " << selection_of(job.at("selection")) << "; "
      << shown(job, "ratePerSecond") << "/s; by " << shown(job, "createdBy") << ' ' << shown(job, "dateCreated");
  if (const auto reason = shown(job, "reason"); !reason.empty()) out << "; " << reason;
  out << '\n';
  if (const auto problem = shown(job, "problem"); !problem.empty()) out << "  Problem: " << problem << '\n';
  if (const auto error = shown(job, "lastError"); !error.empty()) out << "  Last error: " << error << '\n';
}

std::string path_of(std::string_view job, std::string_view action = {}) {
  auto path = std::string(kReplays) + '/' + engine::net::percent_encode(job);
  return action.empty() ? path : path + '/' + std::string(action);
}

int write_answer(const Answered& answered, const Given& given, Streams to) {
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
  } else {
    write_job(to.out, answered.root().at("data"));
  }
  return kFine;
}

/// Until the job has ended or stands still; its progress on `err` where it moves.
int watch(const Command& command, const Given& given, OperatorServer& server, Streams to, const std::string& job) {
  std::string told;
  for (;;) {
    const auto answered = get(server, path_of(job));
    if (!answered.good()) return refuse(command, answered, to);
    const auto data = answered.root().at("data");
    const auto state = data.at("state").text();
    if (state != "running") {
      write_answer(answered, given, to);
      return state == "finished" && data.at("failed").number().value_or(0) == 0 ? kFine : kFailed;
    }
    if (auto now = progress_of(data); now != told) to.err << "Replay job #" << job << ": " << (told = std::move(now)) << '\n';
    server.wait(kLookAgain);
  }
}

int create(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto selected = replay_body(command, given, false);
  if (!selected) return to.err << selected.error().detail << '\n', kFailed;
  if (!given.has("expect")) {
    const auto counted = post(server, path_of("count"), *selected);
    if (!counted.good()) return refuse(command, counted, to);
    const auto data = counted.root().at("data");
    if (given.json) {
      to.out << pretty_json(payload_json(counted.root()));
    } else {
      to.out << data.at("count").text() << " match: " << selection_of(data.at("selection")) << '\n';
    }
    to.err << "Nothing was started. To start: the same command with --expect=" << data.at("count").text() << '\n';
    return kFailed;
  }
  const auto wanted = replay_body(command, given, true);
  if (!wanted) return to.err << wanted.error().detail << '\n', kFailed;
  const auto made = post(server, kReplays, *wanted);
  if (!made.good()) return refuse(command, made, to);
  const auto job = made.root().at("data").at("id").text();
  return given.on("wait") ? watch(command, given, server, to, job) : write_answer(made, given, to);
}

int list(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = get(server, target(command, given, to.err));
  if (!answered.good()) return refuse(command, answered, to);
  if (given.json) return to.out << pretty_json(payload_json(answered.root())), kFine;
  const auto jobs = answered.root().at("data").items();
  to.out << "Replay jobs: " << jobs.size() << '\n';
  for (const auto& job : jobs) write_job(to.out, job);
  tell_next(answered.root(), to.out);
  return kFine;
}

int show(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  if (given.on("wait")) return watch(command, given, server, to, std::string(given.text("job")));
  const auto answered = get(server, path_of(given.text("job")));
  return answered.good() ? write_answer(answered, given, to) : refuse(command, answered, to);
}

Run act(std::string_view action) {
  return [action](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = post(server, path_of(given.text("job"), action), "{}");
    return answered.good() ? write_answer(answered, given, to) : refuse(command, answered, to);
  };
}

std::vector<Option> create_options() {
  return joined({{.name = "ids", .help = "these dead letters, separated by commas"},
                 {.name = "history", .help = "not dead letters but what the log holds for --endpoint", .kind = OptionKind::kFlag},
                 {.name = "from-offset", .help = "with --history: the first offset (or --since)", .parameter = "fromOffset", .kind = OptionKind::kWhole},
                 {.name = "end-offset", .help = "with --history: one past the last (or --before; now)", .parameter = "endOffset", .kind = OptionKind::kWhole}},
                joined(dead_letter_options(),
                       {{.name = "expect",
                         .help = "how many it must be; without it they are only counted",
                         .parameter = "expect",
                         .kind = OptionKind::kWhole},
                        {.name = "rate", .help = "deliveries a second at most; 50 where not given", .parameter = "ratePerSecond", .kind = OptionKind::kWhole},
                        {.name = "reason", .help = "why; kept with the job and in the audit log", .parameter = "reason"},
                        {.name = "wait", .help = "until it has ended, showing its progress", .kind = OptionKind::kFlag}}));
}

}  // namespace

std::vector<Command> replay_commands() {
  const Option which{.name = "job", .help = "its id", .kind = OptionKind::kPositional};
  const Option wait{.name = "wait", .help = "until it has ended, showing its progress", .kind = OptionKind::kFlag};
  return {
      {.name = "replay create",
       .summary = "counts what would be sent again, and with --expect sends it",
       .endpoint = kReplays,
       .options = create_options(),
       .run = create},
      {.name = "replay list", .summary = "replay jobs, newest first", .endpoint = kReplays, .options = page_options(), .run = list},
      {.name = "replay show", .summary = "one of them with its progress", .endpoint = kReplays, .options = {which, wait}, .run = show},
      {.name = "replay pause", .summary = "it takes nothing more until it is resumed", .endpoint = kReplays, .options = {which}, .run = act("pause")},
      {.name = "replay resume", .summary = "it goes on where it stopped", .endpoint = kReplays, .options = {which}, .run = act("resume")},
      {.name = "replay cancel",
       .summary = "it is over; what was handed over already may still arrive",
       .endpoint = kReplays,
       .options = {which},
       .run = act("cancel")},
  };
}

}  // namespace app::commands
