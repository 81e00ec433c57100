#include "app/cli.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <sys/stat.h>

#include <cstdio>
#include <iostream>

#include "app/commands/command_line.h"
#include "app/config.h"
#include "app/demo/demo.h"
#include "app/demo/receiver.h"
#include "app/mapping_files.h"
#include "app/receiving/verify.h"
#include "app/server.h"
#include "app/source_factory.h"
#include "app/tls_doctor.h"
#include "app/transfer/export.h"
#include "app/transfer/import.h"
#include "connectors/mirror/mirror.h"
#include "engine/telemetry/log.h"

namespace app {
namespace {

constexpr int kFailed = 1;
constexpr int kWrongUse = 2;

void say(const std::string& what) { std::fprintf(stderr, "millrace: %s\n", what.c_str()); }

std::optional<Config> read_config(const std::string& file) {
  auto config = load_config(file, process_environment());
  if (config) return std::move(*config);
  say("the configuration " + file + " cannot be used:\n" + config.error().detail);
  return std::nullopt;
}

int run_serve(const std::string& file, const std::string& clock_start) {
  auto config = read_config(file);
  if (!config) return kWrongUse;
  ServeOptions options;
  if (!clock_start.empty()) {
    options.clock_start = engine::parse_rfc3339(clock_start);
    if (!options.clock_start) return say("--clock-start: expected an RFC 3339 instant such as 2026-03-04T10:11:12Z"), kWrongUse;
    const auto settings = trust::resolve(config->gate);
    if (settings.production || settings.profile == trust::Profile::kProduction) {
      return say("--clock-start is refused in the production profile"), kWrongUse;
    }
  }
  if (auto served = serve(*config, options); !served) return say(served.error().detail), kFailed;
  return 0;
}

// Where the source would go on; nullopt before the first start.
std::optional<feed::SourcePosition> stored_position(const Config& config) {
  const auto file = mirror_file(config);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::nullopt;
  auto mirror = connectors::Mirror::open(file);
  if (!mirror) return say("the stored position cannot be read: " + mirror.error().detail), std::nullopt;
  auto position = (*mirror)->position();
  return position ? *position : std::nullopt;
}

// What the mapping reads; empty where there is no mapping to read.
std::set<std::string> mapped_tables(const Config& config) {
  auto mapping = load_mapping(config.mapping);
  if (!mapping) return say("the mapping cannot be read: " + mapping.error().detail), std::set<std::string>();
  const auto names = mapping->table_names();
  return {names.begin(), names.end()};
}

int run_doctor(const std::string& file) {
  auto config = read_config(file);
  if (!config) return kWrongUse;
  auto checks = examine_source(*config, mapped_tables(*config), stored_position(*config));
  for (auto& check : examine_tls(config->listen.tls, engine::SystemTimers().wall_now())) checks.push_back(std::move(check));
  for (const auto& check : checks) {
    const char* state = check.state == connectors::DoctorCheck::State::kOk        ? "ok     "
                        : check.state == connectors::DoctorCheck::State::kWarning ? "warning"
                                                                                  : "FAILED ";
    std::printf("%s  %-22s %s\n", state, check.name.c_str(), check.message.c_str());
    if (!check.fix_sql.empty()) std::printf("         mend it with:\n           %s\n", check.fix_sql.c_str());
  }
  return connectors::fit(checks) ? 0 : kFailed;
}

CLI::App* add_verify(CLI::App& program, receiving::VerifyOptions& options) {
  auto* verify = program.add_subcommand("verify", "for receivers: check the signature, age and sequence of a webhook request from standard input or files");
  verify->add_option("--secret-file", options.secret_file, "one key a line: secrets, or public keys (whpk_...)")->required();
  verify->add_option("request", options.request_file, "the request: headers, an empty line, the body's bytes; - is standard input");
  verify->add_option("--headers", options.headers_file, "the headers alone, beside --body");
  verify->add_option("--body", options.body_file, "the raw body alone, beside --headers");
  verify->add_option("--form", options.form, "whose headers: contract (X-Agents-Webhook-...), standard (webhook-...) or any")
      ->check(CLI::IsMember({"any", "contract", "standard"}));
  verify->add_option("--max-age", options.max_age_seconds, "seconds between signing and now, in either direction")->check(CLI::Range(1, 31'536'000));
  verify->add_option("--last-sequence", options.last_sequence, "the highest X-Agents-Webhook-Sequence seen; 0 before the first");
  verify->add_option("--at", options.at, "judge as at this Unix time, for a request that was kept")->check(CLI::Range(0LL, 1'000'000'000'000LL));
  verify->footer("Exit status: 0 verified; 1 refused; 2 options, keys or request cannot be read; 3 verified, but sequence numbers before it are missing.");
  return verify;
}
void keep_quiet_log(const Config& config) { engine::telemetry::set_log_level(config.log_level == "info" ? std::string_view("warn") : std::string_view(config.log_level)); }

// The two commands that move the feed in and out of files, beside a server that is stopped.
class TransferCommands {
 public:
  explicit TransferCommands(CLI::App& program)
      : import_(*program.add_subcommand("import", "read JSON lines (documents as export writes them, or Debezium envelopes) into the data directory; the server must be stopped")),
        export_(*program.add_subcommand("export", "write the feed as JSON lines, tombstones included; the server must be stopped")) {
    import_.add_option("--config", file_, "the configuration file")->required();
    import_.add_option("INPUT", reading_.input, "the file to read; - is standard input")->required();
    import_.add_option("--kind", kind_, "documents or debezium; without it the first line decides")->check(CLI::IsMember({"documents", "debezium"}));
    import_.add_flag("--json", reading_.json, "the summary as one JSON document");
    export_.add_option("--config", file_, "the configuration file")->required();
    export_.add_option("-o,--output", writing_.output, "the file to write, readable for its owner only; - is standard output");
    export_.add_option("--from", writing_.from, "first offset");
    export_.add_flag("--newest", writing_.newest, "of each resource its newest version only");
    export_.add_flag("--json", writing_.json, "the summary (on standard error) as one JSON document");
  }
  /// nullopt: neither was called.
  std::optional<int> run() {
    if (!import_.parsed() && !export_.parsed()) return std::nullopt;
    auto config = read_config(file_);
    if (!config) return kWrongUse;
    keep_quiet_log(*config);
    ::umask(077);  // log and mirror hold what customers trusted the shop with
    const engine::SystemTimers clock;
    if (kind_ == "documents") reading_.kind = transfer::LineKind::kDocuments;
    if (kind_ == "debezium") reading_.kind = transfer::LineKind::kDebezium;
    const int status = import_.parsed() ? transfer::run_import(*config, reading_, std::cin, std::cout, std::cerr, clock) : transfer::run_export(*config, writing_, std::cout, std::cerr);
    engine::telemetry::flush_log();
    return status;
  }

 private:
  CLI::App& import_;
  CLI::App& export_;
  std::string file_ = "millrace.toml", kind_;
  transfer::ImportOptions reading_;
  transfer::ExportOptions writing_;
};

}  // namespace

int run_cli(int argc, char** argv) {
  CLI::App program{"Millrace: change feed and webhook delivery for content and commerce sites", "millrace"};
  program.set_version_flag("--version", std::string("millrace ") + MILLRACE_VERSION);
  program.require_subcommand(1);

  std::string file = "millrace.toml", clock_start;
  auto* serve_command = program.add_subcommand("serve", "read the CMS database, serve the feed, deliver webhooks; until SIGINT or SIGTERM");
  serve_command->add_option("--config", file, "the configuration file")->required();
  serve_command->add_option("--clock-start", clock_start, "start the wall clock at this RFC 3339 instant (not in production)");
  auto* doctor_command =
      program.add_subcommand("doctor", "check that the database server is fit to be a source and the certificate to be served, and say what mends it");
  doctor_command->add_option("--config", file, "the configuration file")->required();

  demo::DemoOptions demo_options;
  auto* demo_command = program.add_subcommand("demo", "a real MariaDB or PostgreSQL with a sample site, Millrace and a receiver on one screen");
  demo_command->add_option("--source", demo_options.source, "the database server")->check(CLI::IsMember({"mariadb", "postgres"}));
  demo_command->add_flag("--once", demo_options.once, "play the story to its end, check it, print one JSON line");
  demo_command->add_option("--seed", demo_options.seed, "of everything random in it");
  demo_command->add_option("--steps", demo_options.steps, "length of the everyday part with --once")->check(CLI::Range(1, 100000));
  demo_command->add_flag("--keep", demo_options.keep, "keep the temporary directory");

  demo::ReceiverOptions receiver_options;
  std::string receiver_secret;
  auto* receiver_command = program.add_subcommand("demo-receiver", "the demo's webhook receiver: verifies, records, and misbehaves on demand");
  receiver_command->add_option("--port", receiver_options.port, "0 takes a free one");
  receiver_command->add_option("--port-file", receiver_options.port_file, "the real port is written here");
  receiver_command->add_option("--record", receiver_options.record, "JSONL file of what arrived");
  receiver_command->add_option("--secret", receiver_secret, "the webhook secret")->envname("MILLRACE_RECEIVER_SECRET");

  receiving::VerifyOptions verify_options;
  const auto* verify_command = add_verify(program, verify_options);

  std::string signing_key_file;
  auto* public_key_command = program.add_subcommand("public-key", "the public key (whpk_...) that receivers get for a signing key (whsk_...)");
  public_key_command->add_option("--signing-key-file", signing_key_file, "- is standard input")->required();

  TransferCommands transfer_commands(program);
  commands::CommandLine operator_commands(program);

  try {
    program.parse(commands::arguments_of(argc, argv));
  } catch (const CLI::ParseError& error) {
    return program.exit(error) == 0 ? 0 : kWrongUse;
  }
  if (serve_command->parsed()) return run_serve(file, clock_start);
  if (doctor_command->parsed()) return run_doctor(file);
  if (verify_command->parsed()) return receiving::run_verify(verify_options, engine::SystemTimers().wall_now());
  if (public_key_command->parsed()) return receiving::run_public_key(signing_key_file);
  if (receiver_command->parsed()) {
    receiver_options.secret = engine::Secret(receiver_secret);
    return demo::run_receiver(receiver_options);
  }
  if (const auto status = transfer_commands.run()) return *status;
  if (const auto status = operator_commands.run(process_environment(), {std::cout, std::cerr})) return *status;
  return demo::run_demo(demo_options);
}

}  // namespace app
