// How much memory does a backlog cost: a process that delivers 1 M changes behind against one that has caught up, both with the same warm caches?
#include "bench/backlog_memory.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>

#include "bench/bare_http.h"
#include "bench/sample_fleet.h"
#include "bench/sample_log.h"
#include "delivery/dispatcher.h"
#include "delivery/interests.h"
#include "engine/net/http_client.h"
#include "engine/runtime/loops.h"
#include "engine/telemetry/log.h"
#include "tests/support/fixtures.h"

namespace bench {
namespace {

using engine::Result;

constexpr int kMany = 100;
constexpr double kMiB = 1u << 20;
constexpr std::uint16_t kNobody = 9;  // refuses
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// A dispatcher on its own loop, as the program has it.
class Delivering {
 public:
  static Result<std::unique_ptr<Delivering>> open(SampleLog& sample, const std::string& endpoint, std::uint16_t port) {
    auto made = std::make_unique<Delivering>();
    auto letters = delivery::DeadLetters::open(sample.store(), sample.timers());
    if (!letters) return letters.take_error();
    made->letters_ = std::move(*letters);
    engine::net::DialPolicy policy;
    policy.allow_private = true;
    made->client_.emplace(made->loop_.executor(0), sample.timers(), policy);
    delivery::EndpointConfig config;
    config.name = endpoint;
    config.url = "http://127.0.0.1:" + std::to_string(port) + "/hook";
    config.secrets.emplace_back("whsec_benchmark");
    auto dispatcher = delivery::Dispatcher::open({.loop = made->loop_.executor(0),
                                                  .blocking = made->pool_.get_executor(),
                                                  .timers = sample.timers(),
                                                  .transport = *made->client_,
                                                  .store = sample.store(),
                                                  .log = sample.log(),
                                                  .selector = made->interests_,
                                                  .dead_letters = *made->letters_,
                                                  .seed = 1},
                                                 config);
    if (!dispatcher) return dispatcher.take_error();
    made->dispatcher_ = std::move(*dispatcher);
    return made;
  }
  ~Delivering() {
    loop_.stop();
    loop_.join();
    pool_.join();
  }
  void run() {
    asio::co_spawn(loop_.executor(0), dispatcher_->run(), asio::detached);
    loop_.run();
  }
  const delivery::Dispatcher& dispatcher() const { return *dispatcher_; }

 private:
  delivery::InterestTable interests_{std::vector<delivery::Interest>{}};
  std::unique_ptr<delivery::DeadLetters> letters_;
  asio::thread_pool pool_{1};
  engine::Loops loop_{1, "delivery"};
  std::optional<engine::net::HttpClient> client_;
  std::unique_ptr<delivery::Dispatcher> dispatcher_;
};

// The endpoint "behind" is known before the first change, so it owes all of them.
bool fill(const std::filesystem::path& directory, std::size_t count) {
  auto sample = SampleLog::open(directory);
  if (!sample) return false;
  if (!Delivering::open(**sample, "behind", 9)) return false;
  return (*sample)->append(count, 500).has_value();
}

// Anonymous memory in bytes while the endpoint is at work, or waits; -1 where something failed.
double memory_of(const std::filesystem::path& directory, const std::string& endpoint, std::uint16_t port) {
  auto sample = SampleLog::open(directory);
  if (!sample) return -1;
  auto& log = (*sample)->log();
  const auto end = log.high_watermark();
  const feed::ScanRange everything{feed::Offset{1}, end};
  const auto look = [](const feed::RecordRef&) { return true; };
  if (!log.scan(everything, engine::store::ReadFrom::kAnywhere, look)) return -1;  // fills the block cache
  auto delivering = Delivering::open(**sample, endpoint, port);
  if (!delivering) return -1;
  (*delivering)->run();
  std::vector<double> seen;
  for (int i = 0; i < 75; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    seen.push_back(anonymous_memory());
  }
  const auto stats = (*delivering)->dispatcher().stats();
  const bool as_wanted = endpoint == "behind" ? stats.delivered > 0 && stats.lag > 0 : stats.lag == 0;
  return as_wanted ? *std::max_element(seen.begin(), seen.end()) : -1;
}

// 100 endpoints that are all behind, or all caught up, and whose receivers are away.
double memory_of_many(const std::filesystem::path& directory, bool behind) {
  auto sample = SampleLog::open(directory);
  if (!sample) return -1;
  auto& log = (*sample)->log();
  const feed::ScanRange everything{feed::Offset{1}, log.high_watermark()};
  const auto look = [](const feed::RecordRef&) { return true; };
  if (!log.scan(everything, engine::store::ReadFrom::kAnywhere, look)) return -1;
  auto endpoints = SampleFleet::open(**sample);
  if (!endpoints || !(*endpoints)->clear()) return -1;
  for (int i = 0; i < kMany; ++i) {
    if (!(*endpoints)->add("e" + std::to_string(i), kNobody, {}, behind ? feed::Offset{1} : log.high_watermark())) return -1;
  }
  // The first line makes the log's queue, which only those behind would have else.
  engine::telemetry::log_event(engine::telemetry::Level::kWarn, "measured", {{"behind", behind}});
  if (!(*endpoints)->start()) return -1;
  std::vector<double> seen;
  for (int i = 0; i < 150; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    seen.push_back(anonymous_memory());
  }
  const auto total = (*endpoints)->fleet().total();
  const bool as_wanted = behind ? total.lag > 0 && total.unreachable > 0 : total.lag == 0;
  return as_wanted ? *std::max_element(seen.begin(), seen.end()) : -1;
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> backlog_memory(const Settings& settings) {
  const test::TemporaryDirectory scratch;
  const auto listener = listen_loopback();
  Peer receiver([&] { serve_bare(listener.fd, [](std::string_view) { return kAnswer; }); });
  Report report;
  report.unit = "MB";
  report.difference = true;
  Report many = report;
  const auto count = static_cast<std::size_t>(1'000'000 * settings.scale);
  for (int i = 0; i < settings.rounds; ++i) {
    const auto directory = scratch.path() / std::to_string(i);  // each round uses up its backlog
    std::filesystem::create_directories(directory);
    Peer filling([&] { _exit(fill(directory, count) ? 0 : 1); });
    if (!filling.join()) return engine::fail(engine::Errc::kUnavailable, "the log could not be filled");
    // What filling left to do is done by whoever opens the store first: not one of those that are compared.
    if (auto first = in_own_process("first", [&] { return memory_of(directory, "caught-up", listener.port); }); !first) return first.take_error();
    auto ahead = in_own_process("caught up", [&] { return memory_of(directory, "caught-up", listener.port); });
    if (!ahead) return ahead.take_error();
    auto behind = in_own_process("behind", [&] { return memory_of(directory, "behind", listener.port); });
    if (!behind) return behind.take_error();
    report.rounds.push_back({*behind / kMiB, *ahead / kMiB});
    auto many_ahead = in_own_process("many caught up", [&] { return memory_of_many(directory, false); });
    if (!many_ahead) return many_ahead.take_error();
    auto many_behind = in_own_process("many behind", [&] { return memory_of_many(directory, true); });
    if (!many_behind) return many_behind.take_error();
    many.rounds.push_back({*many_behind / kMiB, *many_ahead / kMiB});
    std::filesystem::remove_all(directory);
  }
  report.notes.push_back("changes=" + std::to_string(count));
  many.notes = report.notes;
  return std::vector{std::pair{std::string(), report}, std::pair{std::string("_100"), many}};
}

}  // namespace bench
