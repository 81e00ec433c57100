#include "app/commands/check_commands.h"

#include <algorithm>

#include "app/commands/answers.h"
#include "app/commands/command_output.h"

namespace app::commands {

namespace {

struct Check {
  std::vector<std::string> errors{}, warnings{};
  std::string details = "{}";  ///< JSON
  std::string generated_at{};
};

using ReadCheck = std::function<Check(const JsonView& answer)>;

void put_in_order(std::vector<std::string>& lines) {
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
}

void write_texts(engine::JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.key(key).begin_array();
  for (const auto& text : texts) json.string(text);
  json.end_array();
}

/// The members of these names, in this order.
std::string only(const JsonView& object, const std::vector<std::string_view>& names) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto name : names) {
    if (const auto value = object.at(name); !value.null()) json.key(name).raw(value.json());
  }
  json.end_object();
  return out;
}

std::string check_json(const Command& command, const Given& given, const Check& check, bool failed) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("check").string(command.name);
  json.key("status").string(failed ? "failed" : "ok");
  json.key("strict").boolean(given.strict);
  write_texts(json, "errors", check.errors);
  write_texts(json, "warnings", check.warnings);
  json.key("details").raw(check.details);
  json.key("generatedAt").string(check.generated_at);
  json.end_object();
  return out;
}

void write_check(const Command& command, const Given& given, const Check& check, bool failed, Streams to) {
  to.out << "Check: " << command.name << "\nStatus: " << (failed ? "failed" : "ok") << '\n';
  if (given.strict) to.out << "Mode: strict\n";
  if (!check.warnings.empty()) to.out << "Warnings:\n";
  write_bullets(to.out, check.warnings);
  if (!check.errors.empty()) to.err << "Errors:\n";
  write_bullets(to.err, check.errors);
  if (check.errors.empty() && check.warnings.empty()) to.out << "No issues detected.\n";
}

int tell_check(const Command& command, const Given& given, Check check, Streams to) {
  put_in_order(check.errors);
  put_in_order(check.warnings);
  const bool failed = !check.errors.empty() || (given.strict && !check.warnings.empty());
  if (given.json) {
    to.out << pretty_json(check_json(command, given, check, failed));
  } else {
    write_check(command, given, check, failed, to);
  }
  return failed ? kFailed : kFine;
}

/// A check of the diagnostics bundle. `details`: its members to show; empty: all.
ReadCheck of_bundle(std::string_view part, std::vector<std::string_view> details = {}) {
  return [part, details = std::move(details)](const JsonView& bundle) {
    const auto found = bundle.at("checks").at(part);
    const auto all = found.at("details");
    return Check{found.at("errors").texts(), found.at("warnings").texts(), details.empty() ? all.json() : only(all, details),
                 found.at("generatedAt").text()};
  };
}

Check reliability(const JsonView& metrics) {
  const auto report = metrics.at("reliability");
  Check check{.details = only(report, {"generatedAt", "status", "summary", "topSignals"}), .generated_at = report.at("generatedAt").text()};
  for (const auto& signal : report.at("signals").items()) {
    const auto severity = signal.at("severity").text();
    if (severity != "critical" && severity != "warn") continue;
    const bool critical = severity == "critical";
    const auto threshold = signal.at(critical ? "criticalThreshold" : "warnThreshold").text();
    (critical ? check.errors : check.warnings)
        .push_back(signal.at("label").text() + " is " + severity + " (value=" + signal.at("value").text() +
                   ", trigger=" + signal.at("comparator").text() + ' ' + threshold + ").");
  }
  return check;
}

Check lifecycle(const JsonView& report) {
  Check check{.details = only(report, {"generatedAt", "status", "runtime", "thresholds", "summary", "topRisks"}),
              .generated_at = report.at("generatedAt").text()};
  for (const auto& agent : report.at("agents").items()) {
    const auto who = agent.at("displayName").text() + " (" + agent.at("handle").text() + "): ";
    for (const auto& factor : agent.at("risk").at("factors").items()) {
      (factor.at("level").text() == "critical" ? check.errors : check.warnings).push_back(who + factor.at("message").text());
    }
  }
  return check;
}

/// The result of one run of the monitor (contract 6.5). Issues are as bad as the worst.
Check notifications(const JsonView& answer) {
  const auto result = answer.at("data");
  const auto snapshot = result.at("snapshot");
  Check check{.details = result.json(), .generated_at = snapshot.at("generatedAt").text()};
  for (const auto& issue : snapshot.at("issues").items()) {
    const auto level = issue.is_object() ? issue.at("severity").text() : snapshot.at("status").text();
    (level == "critical" ? check.errors : check.warnings).push_back(issue.is_object() ? issue.at("message").text() : issue.text());
  }
  return check;
}

Run run_check(ReadCheck read) {
  return [read = std::move(read)](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = get(server, command.endpoint);
    return answered.good() ? tell_check(command, given, read(answered.root()), to) : tell(command, answered, to.err);
  };
}

int run_notifications(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  const auto answered = post(server, command.endpoint, "{}");
  return answered.good() ? tell_check(command, given, notifications(answered.root()), to) : tell(command, answered, to.err);
}

constexpr std::string_view kBundle = "/agents/v1/diagnostics/bundle";

Command check(std::string_view name, std::string_view summary, std::string_view endpoint, ReadCheck read) {
  return {.name = name, .summary = summary, .endpoint = endpoint, .checks = true, .described = true, .run = run_check(std::move(read))};
}

}  // namespace

std::vector<Command> check_commands() {
  // Shorter than in the bundle (contract section 8).
  const std::vector<std::string_view> auth_details{"environment",     "requireToken",           "allowQueryToken",
                                                   "credentialCount", "managedCredentialCount", "envCredentialCount",
                                                   "tokenScopes",     "rateLimitPerMinute",     "rateLimitWindowSeconds"};
  return {
      check("auth-check", "how the server lets machines in", kBundle, of_bundle("auth", auth_details)),
      check("readiness-check", "whether the server can serve", kBundle, of_bundle("readiness")),
      check("reliability-check", "signals beyond their thresholds", "/agents/v1/metrics", reliability),
      check("lifecycle-report", "credentials that need care", "/agents/v1/lifecycle", lifecycle),
      {.name = "notifications-check",
       .summary = "runs the status monitor now; may send notifications",
       .endpoint = "/admin/v1/notifications/check",
       .checks = true,
       .run = run_notifications},
      check("smoke", "whether lists answer", kBundle, of_bundle("smoke")),
  };
}

}  // namespace app::commands
