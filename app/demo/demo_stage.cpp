#include "app/demo/demo_stage.h"

#include <signal.h>
#include <simdjson.h>
#include <stdlib.h>
#include <unistd.h>

#include <fstream>

#include "engine/base/json_writer.h"

namespace app::demo {
namespace fs = std::filesystem;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr auto kStartPatience = std::chrono::seconds(60);
constexpr const char* kSecret = "whsec_of_the_demo_3f9a1c";
constexpr const char* kToken = "demo-token-0b7e5d2f8c61";
constexpr const char* kPassword = "demo-reader";
constexpr const char* kTypes = "products,variants,orders,entries";

volatile sig_atomic_t stop_asked = 0;
void on_signal(int) { stop_asked = 1; }

/// The port in `file` once a whole line is there; 0 before.
std::uint16_t read_port(const fs::path& file) {
  std::ifstream in(file);
  unsigned port = 0;
  return in >> port && port < 65536 ? static_cast<std::uint16_t>(port) : std::uint16_t{0};
}

engine::Error with_log(engine::Error error, const ChildProcess& child) {
  error.detail += "; its log " + child.log().string() + " ends with:\n" + child.log_tail();
  return error;
}

std::string text(simdjson::dom::element element, std::string_view key) {
  std::string_view value;
  return element[key].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

FeedItem feed_item(simdjson::dom::element element) {
  FeedItem item{
      text(element, "resourceType"), std::strtoll(text(element, "resourceId").c_str(), nullptr, 10), text(element, "action"), {}, {}};
  simdjson::dom::element snapshot;
  if (element["snapshot"].get(snapshot) != simdjson::SUCCESS || !snapshot.is_object()) return item;
  item.title = text(snapshot, item.type == "order" ? "number" : item.type == "variant" ? "sku" : "title");
  item.status = text(snapshot, "status");
  return item;
}

}  // namespace

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}
bool asked_to_stop() { return stop_asked != 0; }

fs::path DemoStage::program() const { return options_.program.empty() ? fs::read_symlink("/proc/self/exe") : options_.program; }

Result<std::unique_ptr<DemoStage>> DemoStage::start(const DemoOptions& options) {
  auto stage = std::unique_ptr<DemoStage>(new DemoStage(options));
  stage->directory_ = options.directory;
  stage->keep_ = options.keep;
  if (options.directory.empty()) {
    auto pattern = (fs::temp_directory_path() / "millrace-demo-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      return fail(Errc::kUnavailable, "cannot make a temporary directory in " + fs::temp_directory_path().string());
    stage->directory_ = pattern;
    stage->own_directory_ = true;
  }
  for (const auto part : {&DemoStage::start_database, &DemoStage::start_receiver, &DemoStage::start_millrace}) {
    if (asked_to_stop()) return fail(Errc::kCancelled, "stopped");
    auto started = (*stage.*part)();
    if (started) continue;
    stage->keep();
    return started.take_error();
  }
  return stage;
}

DemoStage::~DemoStage() {
  millrace_.reset();
  receiver_.reset();
  site_.reset();
  mariadb_.reset();
  postgres_.reset();
  std::error_code ignored;
  if (own_directory_ && !keep_) fs::remove_all(directory_, ignored);
}

Result<SqlAddress> DemoStage::start_mariadb() {
  auto database = LocalMariaDb::start(directory_ / "mariadb");
  if (!database) return database.take_error();
  mariadb_ = std::move(*database);
  SqlAddress address;
  address.socket = mariadb_->socket();
  return address;
}

Result<SqlAddress> DemoStage::start_postgres() {
  auto database = LocalPostgres::start(directory_ / "postgres");
  if (!database) return database.take_error();
  postgres_ = std::move(*database);
  SqlAddress address;
  address.kind = SqlKind::kPostgres;
  address.socket = postgres_->socket_directory();
  address.port = postgres_->port();
  address.user = "admin";
  return address;
}

/// The rights that the README names, and no more: so the demo shows that they are enough.
std::vector<std::string> DemoStage::grants() const {
  const auto password = std::string("'") + kPassword + "'";
  if (on_postgres()) {
    return {"CREATE ROLE millrace LOGIN REPLICATION PASSWORD " + password, "GRANT USAGE ON SCHEMA public TO millrace",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO millrace", "CREATE PUBLICATION millrace FOR TABLES IN SCHEMA public"};
  }
  return {"CREATE USER 'millrace'@'%' IDENTIFIED BY " + password, "GRANT SELECT ON sample.* TO 'millrace'@'%'",
          "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'millrace'@'%'"};
}

Result<void> DemoStage::start_database() {
  auto address = on_postgres() ? start_postgres() : start_mariadb();
  if (!address) return address.take_error();
  address->database = "sample";
  SampleOptions sample;
  sample.seed = options_.seed;
  auto site = SampleSite::connect(*address, sample);
  if (!site) return site.take_error();
  site_ = std::move(*site);
  if (auto installed = site_->install(); !installed) return installed;
  for (const auto& statement : grants()) {
    if (auto done = site_->sql().run(statement); !done) return done;
  }
  return engine::ok();
}

Result<void> DemoStage::start_receiver() {
  const auto port_file = directory_ / "receiver.port";
  auto child = ChildProcess::start({program().string(), "demo-receiver", "--port", "0", "--port-file", port_file.string(), "--record",
                                    record().string(), "--secret", kSecret},
                                   directory_ / "receiver.log");
  if (!child) return child.take_error();
  receiver_ = std::move(*child);
  const bool up = wait_until(kStartPatience,
                             [&] { return receiver_->ended() || asked_to_stop() || (receiver_client_.port = read_port(port_file)) != 0; });
  if (!up || receiver_client_.port == 0) return tl::unexpected(with_log({Errc::kUnavailable, "the receiver did not start"}, *receiver_));
  return engine::ok();
}

std::string DemoStage::source_settings() const {
  const auto port = on_postgres() ? postgres_->port() : mariadb_->port();
  return "[source]\nkind = \"" + options_.source + "\"\n\n[source." + options_.source + "]\nhost = \"127.0.0.1\"\nport = " + std::to_string(port) +
         "\nuser = \"millrace\"\npassword = \"" + kPassword + "\"\ndatabase = \"sample\"\ntls = \"off\"\n" + (on_postgres() ? "\n" : "server_id = 4711\n\n");
}

void DemoStage::write_configuration() const {
  std::ofstream out(directory_ / "millrace.toml");
  out << "[server]\nlisten = \"127.0.0.1:0\"\nport_file = \"" << (directory_ / "millrace.port").string()
      << "\"\nprofile = \"local\"\nthreads = 2\n\n"
      << "[storage]\ndirectory = \"" << (directory_ / "store").string() << "\"\n\n"
      << source_settings()
      << "[mapping]\nname = \"craft\"\nsite = \"primary\"\nbase_url = \"https://sample.example/\"\n\n"
      << "[security]\nrequire_token = true\nrate_limit_per_minute = 1000000\n\n"
      << "[[credentials]]\nid = \"demo\"\nlabel = \"The demo\"\ntoken = \"" << kToken
      << "\"\nscopes = [\"health:read\", \"auth:read\", \"changes:read\", \"webhooks:dlq:read\", \"webhooks:dlq:replay\"]\n\n"
      << "[webhook]\nurl = \"http://127.0.0.1:" << receiver_client_.port << "/hook\"\nsecret = \"" << kSecret
      << "\"\ntimeout_seconds = 2\nmax_attempts = 2\nallow_private = true\nretry_base_ms = 50\nretry_max_ms = 200\n# The receiver of this story refuses some resources, not all: deliveries are to blame, not the endpoint.\nbreaker_failures = 100000\n\n[log]\nlevel = "
         "\"info\"\n";
}

Result<void> DemoStage::start_millrace() {
  write_configuration();
  auto child =
      ChildProcess::start({program().string(), "serve", "--config", (directory_ / "millrace.toml").string()}, directory_ / "millrace.log");
  if (!child) return child.take_error();
  millrace_ = std::move(*child);
  millrace_client_.token = kToken;
  int status = 0;
  const bool served = wait_until(kStartPatience, [&] {
    if (millrace_->ended() || asked_to_stop()) return true;
    millrace_client_.port = read_port(directory_ / "millrace.port");
    if (millrace_client_.port == 0) return false;
    auto answer = millrace_client_.get("/agents/v1/changes?limit=1");
    status = answer ? answer->status : 0;
    return status == 200;
  });
  if (served && status == 200) return engine::ok();
  return tl::unexpected(with_log(
      {Errc::kUnavailable, "Millrace did not serve its first snapshot in time (last answer of /changes: " + std::to_string(status) + ")"},
      *millrace_));
}

Result<void> DemoStage::alive() {
  if (millrace_->ended()) return tl::unexpected(with_log({Errc::kUnavailable, "Millrace has ended"}, *millrace_));
  if (receiver_->ended()) return tl::unexpected(with_log({Errc::kUnavailable, "the receiver has ended"}, *receiver_));
  return engine::ok();
}

Result<void> DemoStage::tell_receiver(std::string_view rule) {
  auto answer = receiver_client_.post("/control", rule);
  if (!answer) return answer.take_error();
  if (answer->status != 200) return fail(Errc::kMalformed, "the receiver refuses the rule: " + answer->body);
  return engine::ok();
}

Result<std::vector<FeedItem>> DemoStage::drain(std::string& cursor) {
  std::vector<FeedItem> items;
  for (;;) {
    auto answer =
        millrace_client_.get(std::string("/agents/v1/changes?limit=200&types=") + kTypes + (cursor.empty() ? "" : "&cursor=" + cursor));
    if (!answer) return answer.take_error();
    if (answer->status != 200)
      return fail(Errc::kUnavailable, "/changes answered " + std::to_string(answer->status) + ": " + answer->body.substr(0, 300));
    simdjson::dom::parser parser;
    simdjson::dom::element document, page;
    simdjson::dom::array data;
    if (parser.parse(simdjson::padded_string(answer->body)).get(document) != simdjson::SUCCESS ||
        document["data"].get(data) != simdjson::SUCCESS || document["page"].get(page) != simdjson::SUCCESS) {
      return fail(Errc::kMalformed, "/changes answered without data and page");
    }
    for (auto element : data) items.push_back(feed_item(element));
    const auto next = text(page, "nextCursor");
    cursor = next.empty() ? text(page, "resumeCursor") : next;
    if (cursor.empty()) return fail(Errc::kMalformed, "/changes gave no resumeCursor");
    if (next.empty()) return items;
  }
}

Result<DeadLetters> DemoStage::dead_letters() {
  auto answer = millrace_client_.get("/agents/v1/webhooks/dlq?limit=500");
  if (!answer) return answer.take_error();
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  simdjson::dom::array data;
  if (answer->status != 200 || parser.parse(simdjson::padded_string(answer->body)).get(document) != simdjson::SUCCESS ||
      document["data"].get(data) != simdjson::SUCCESS) {
    return fail(Errc::kMalformed, "/webhooks/dlq answered " + std::to_string(answer->status) + ": " + answer->body.substr(0, 300));
  }
  DeadLetters count;
  for (auto element : data) {
    const auto status = text(element, "status");
    ++(status == "failed" ? count.failed : status == "queued" ? count.queued : count.delivered);
  }
  return count;
}

Result<void> DemoStage::replay_all() {
  auto answer = millrace_client_.post("/agents/v1/webhooks/dlq/replay", R"({"mode":"all","limit":500})");
  if (!answer) return answer.take_error();
  if (answer->status < 200 || answer->status > 299) {
    return fail(Errc::kUnavailable, "/webhooks/dlq/replay answered " + std::to_string(answer->status) + ": " + answer->body.substr(0, 300));
  }
  return engine::ok();
}

}  // namespace app::demo
