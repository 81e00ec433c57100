// What does a page of /changes cost over HTTP: a full one against reading and sending the same bytes, an empty one against nginx?
#include "bench/feed_http.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/surfaces/craft_agents/feed_types.h"
#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/surface.h"
#include "bench/bare_http.h"
#include "bench/sample_log.h"
#include "delivery/dead_letters.h"
#include "engine/net/http_server.h"
#include "feed/change_codec.h"
#include "feed/checkpoints.h"
#include "feed/feed_bell.h"
#include "feed/feed_reader.h"
#include "feed/list_reader.h"
#include "replay/replay_desk.h"

namespace bench {
namespace {

using engine::Result;
using engine::store::ReadFrom;

constexpr std::size_t kItems = 200;
constexpr std::size_t kItemBytes = 1024;

class AlwaysServing final : public app::craft_agents::FeedStatusProvider {
 public:
  app::craft_agents::FeedStatus feed_status() const override {
    app::craft_agents::FeedStatus status;
    status.serving = true;
    return status;
  }
  bool serving() const override { return true; }
};

// The whole road from socket to log on one loop of this process.
struct FeedServer {
  SampleLog& sample;
  feed::TypeTable types = app::craft_agents::feed_types();
  feed::FeedReader reader{sample.log(), types};
  feed::ListReader lists{sample.store(), sample.log(), types};
  std::unique_ptr<feed::Checkpoints> checkpoints;
  std::unique_ptr<delivery::DeadLetters> letters;
  std::optional<replay::ReplayDesk> desk;
  AlwaysServing status;
  feed::FeedBell bell{sample.log(), types, sample.timers(), {}};
  app::craft_agents::LiveReading live{bell};
  asio::thread_pool pool{1};
  engine::Loops loops{1, "http"};
  std::optional<trust::RateLimiter> limiter;
  std::unique_ptr<app::craft_agents::CraftAgentsSurface> surface;
  std::unique_ptr<engine::net::HttpServer> http;
  std::uint16_t port = 0;

  explicit FeedServer(SampleLog& log) : sample(log) {}
  ~FeedServer() {
    loops.stop();
    loops.join();
    pool.join();
  }
  Result<void> start() {
    auto opened = delivery::DeadLetters::open(sample.store(), sample.timers());
    if (!opened) return opened.take_error();
    letters = std::move(*opened);
    auto rows = feed::Checkpoints::open(sample.store());
    if (!rows) return rows.take_error();
    checkpoints = std::move(*rows);
    desk.emplace(*letters, false, [](const std::string&, delivery::DeadLetterId) { return false; });
    trust::GateConfig gate;
    gate.profile = gate.environment = "test";
    gate.rate_limit = 1'000'000'000;
    const auto settings = trust::resolve(gate);
    std::vector<trust::CredentialConfig> credentials(1);
    credentials[0].id = "bench";
    credentials[0].token = engine::Secret("tok-bench-0123456789");
    credentials[0].scopes = std::vector<std::string>{"changes:read"};
    auto set = trust::CredentialSet::build(credentials, settings.features);
    if (!set) return set.take_error();
    limiter.emplace(sample.timers(), settings.rate);
    surface = std::make_unique<app::craft_agents::CraftAgentsSurface>(
        app::craft_agents::SurfaceRooms{reader, lists, *checkpoints, *letters, *desk, status, sample.timers(), pool, live}, app::craft_agents::SurfaceConfig{}, settings,
        std::make_shared<const trust::CredentialSet>(std::move(*set)), *limiter);
    http = std::make_unique<engine::net::HttpServer>(
        loops, sample.timers(), engine::net::ServerLimits{}, [this](engine::net::Request& request) { return surface->handle(request); },
        [this](int code, std::string_view why) { return surface->transport_error(code, why); });
    auto listening = http->listen("127.0.0.1", 0);
    if (!listening) return listening.take_error();
    port = *listening;
    loops.run();
    return engine::ok();
  }
};

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer tok-bench-0123456789\r\n\r\n";
}

// Runs the load in a child on the other core; CPU seconds of `cost` meanwhile, per exchange.
template <class Cost>
Result<double> measure(std::uint16_t port, const std::string& request, std::size_t count, Cost cost) {
  const double before = cost();
  Peer load([&] { exchange_bare(port, request, count, 8, Wait::kSpin); });
  if (!load.join()) return engine::fail(engine::Errc::kUnavailable, "the load ended early");
  return (cost() - before) / double(count);
}

// The bound of a page: the log's records by an iterator, their feed parts copied behind a head, one write.
class BarePage {
 public:
  explicit BarePage(SampleLog& sample) : sample_(sample) {}
  std::string_view operator()(std::string_view) {
    body_.clear();
    feed::ScanRange range{feed::Offset{1}, feed::Offset{kItems + 1}};
    (void)sample_.log().scan(range, ReadFrom::kAnywhere, [this](const feed::RecordRef& record) {
      if (auto view = feed::view_change(record.bytes)) body_.append(view->feed).push_back(',');
      return true;
    });
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
    answer_ += body_;
    return answer_;
  }

 private:
  SampleLog& sample_;
  std::string body_, answer_;
};

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> feed_page(const Settings& settings) {
  pin_to_core(0);
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = (*sample)->append(20'000, kItemBytes - 150); !filled) return filled.take_error();
  settle();
  FeedServer server(**sample);
  if (auto started = server.start(); !started) return started.take_error();
  const auto bare = listen_loopback();
  std::thread ceiling([&] { serve_bare(bare.fd, BarePage(**sample)); });
  ceiling.detach();  // ends with the process
  const auto count = static_cast<std::size_t>(4'000 * settings.scale);
  Report report;
  report.unit = "cpu_s/page";
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = measure(server.port, get("/agents/v1/changes?limit=200"), count, cpu_seconds);
    if (!product) return product.take_error();
    auto bound = measure(bare.port, get("/"), count, cpu_seconds);
    if (!bound) return bound.take_error();
    report.rounds.push_back({*product, *bound});
  }
  return std::vector{std::pair{std::string(), report}};
}

namespace {

// A small nginx of our own on a free port, one worker, ended with the object.
class Nginx {
 public:
  static Result<std::unique_ptr<Nginx>> start() {
    auto nginx = std::make_unique<Nginx>();
    auto pattern = (std::filesystem::temp_directory_path() / "millrace-nginx-XXXXXX").string();
    if (!mkdtemp(pattern.data())) return engine::fail(engine::Errc::kUnavailable, "no temporary directory");
    nginx->directory_ = pattern;
    const auto free = listen_loopback();
    nginx->port_ = free.port;
    close(free.fd);
    std::ofstream(pattern + "/nginx.conf") << "daemon off; master_process off; pid " << pattern << "/pid; error_log " << pattern
                                           << "/error.log;\nevents { worker_connections 256; }\nhttp { access_log off; keepalive_requests 100000000;\n"
                                           << "server { listen 127.0.0.1:" << free.port
                                           << "; location / { default_type application/json; return 200 '{\"data\":[],\"page\":{\"hasMore\":false,\"count\":0}}    '; } } }\n";
    nginx->process_ = std::make_unique<Peer>([&] {
      pin_to_core(0);
      execlp("nginx", "nginx", "-c", (pattern + "/nginx.conf").c_str(), "-p", pattern.c_str(), nullptr);
      _exit(127);
    });
    for (int i = 0; i < 100; ++i) {
      if (std::filesystem::exists(pattern + "/pid")) return nginx;
      usleep(50'000);
    }
    return engine::fail(engine::Errc::kUnavailable, "nginx did not start; is the package nginx-light installed?");
  }
  ~Nginx() {
    process_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  int pid() const { return process_->pid(); }
  std::uint16_t port() const { return port_; }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<Peer> process_;
  std::uint16_t port_ = 0;
};

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> feed_empty(const Settings& settings) {
  auto nginx = Nginx::start();
  if (!nginx) return nginx.take_error();
  pin_to_core(0);
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = (*sample)->append(1'000, 100); !filled) return filled.take_error();
  settle();
  FeedServer server(**sample);
  if (auto started = server.start(); !started) return started.take_error();
  const auto cursor = server.reader.latest_cursor(server.types.all(), (*sample)->timers().wall_now());
  const auto count = static_cast<std::size_t>(50'000 * settings.scale);
  Report report;
  report.unit = "cpu_s/request";
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = measure(server.port, get("/agents/v1/changes?cursor=" + cursor), count, cpu_seconds);
    if (!product) return product.take_error();
    auto bound = measure((*nginx)->port(), get("/"), count, [&] { return cpu_seconds_of((*nginx)->pid()); });
    if (!bound) return bound.take_error();
    report.rounds.push_back({*product, *bound});
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
