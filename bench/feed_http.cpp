// What does a page of /changes cost over HTTP: a full one against reading and sending the same bytes, an empty one against nginx?
#include "bench/feed_http.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "bench/bare_http.h"
#include "bench/feed_server.h"
#include "bench/sample_log.h"
#include "feed/change_codec.h"

namespace bench {
namespace {

using engine::Result;
using engine::store::ReadFrom;

constexpr std::size_t kItems = 200;
constexpr std::size_t kItemBytes = 1024;

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
  const auto count = static_cast<std::size_t>(50'000 * settings.scale);
  Report report;
  report.unit = "cpu_s/request";
  for (int i = 0; i < settings.rounds; ++i) {
    const auto cursor = server.reader.latest_cursor(server.types.all(), (*sample)->timers().wall_now());  // a reader goes on with the newest it was given
    auto product = measure(server.port, get("/agents/v1/changes?cursor=" + cursor), count, cpu_seconds);
    if (!product) return product.take_error();
    auto bound = measure((*nginx)->port(), get("/"), count, [&] { return cpu_seconds_of((*nginx)->pid()); });
    if (!bound) return bound.take_error();
    report.rounds.push_back({*product, *bound});
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
