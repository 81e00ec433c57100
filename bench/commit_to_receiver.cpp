// How long after COMMIT has returned does a document reach the receiver, against a bare program that posts at each commit it sees in the binlog?
#include "bench/commit_to_receiver.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>

#include "app/server.h"
#include "bench/bare_http.h"
#include "bench/sample_source.h"
#include "connectors/mariadb/connection.h"

namespace bench {
namespace {

using engine::Result;

constexpr double kTransactionsPerSecond = 500;
constexpr std::size_t kDocuments = 10;  // of one transaction

// What arrived, by round and transaction: bodies carry "Bench ROUND-TRANSACTION ".
class Arrivals {
 public:
  std::string_view operator()(std::string_view request) {
    const double now = now_seconds();
    const std::lock_guard lock(mutex_);
    const bool ours = request.starts_with(path_);
    const auto at = request.find("Bench ");
    if (!ours || at == request.npos) return kAnswer;
    char* rest = nullptr;
    const auto round = std::strtoul(request.data() + at + 6, &rest, 10);
    if (round == round_) seen_.emplace_back(std::strtoul(rest + 1, nullptr, 10), now);
    return kAnswer;
  }
  void listen_to(std::string path, unsigned long round) {
    const std::lock_guard lock(mutex_);
    path_ = "POST " + path;
    round_ = round;
    seen_.clear();
  }
  std::vector<std::pair<unsigned long, double>> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  bool wait_for(std::size_t count, double seconds) const {
    for (const double end = now_seconds() + seconds; seen().size() < count;) {
      if (now_seconds() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

 private:
  static constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  mutable std::mutex mutex_;
  std::string path_ = "POST /product";
  unsigned long round_ = 0;
  std::vector<std::pair<unsigned long, double>> seen_;
};

// One transaction: ten entries get the round's and the transaction's number as title.
Result<void> commit_one(SampleSource& source, const std::vector<std::string>& ids, unsigned long round, std::size_t number) {
  std::string list;
  for (std::size_t i = 0; i < kDocuments; ++i) list += (i ? "," : "") + ids[(number * kDocuments + i) % ids.size()];
  return source.sql().run("UPDATE elements_sites SET title = 'Bench " + std::to_string(round) + "-" + std::to_string(number) +
                          " ', dateUpdated = UTC_TIMESTAMP() WHERE siteId = 1 AND elementId IN (" + list + ")");
}

// When each COMMIT had returned.
Result<std::vector<double>> write_at_pace(SampleSource& source, const std::vector<std::string>& ids, unsigned long round, std::size_t count) {
  std::vector<double> committed;
  const double start = now_seconds();
  for (std::size_t i = 0; i < count; ++i) {
    const double due = start + double(i) / kTransactionsPerSecond;
    if (const double ahead = due - now_seconds(); ahead > 0) std::this_thread::sleep_for(std::chrono::duration<double>(ahead));
    if (auto done = commit_one(source, ids, round, i); !done) return done.take_error();
    committed.push_back(now_seconds());
  }
  return committed;
}

app::Config configuration(const SampleSource& source, std::uint16_t receiver) {
  app::Config config;
  config.listen.port = 0;
  config.listen.threads = 1;
  config.storage.directory = source.directory() / "store";
  config.source = source.options(4711);
  config.mapping.settings = source.pipeline_options({}).settings;
  config.gate.profile = config.gate.environment = "test";
  config.webhook.url = "http://127.0.0.1:" + std::to_string(receiver) + "/product";
  config.webhook.secrets.emplace_back("whsec_benchmark");
  config.webhook_allow_private = true;
  config.log_level = "warn";
  return config;
}

// Ten connections, a POST on each at every commit, and their answers awaited.
void post_bare(SampleSource& source, const std::string& from, std::uint16_t receiver, unsigned long round) {
  connectors::StopSignal stop;
  auto connection = connectors::MariaDbConnection::open(source.options(4712), stop);
  if (!connection || !(*connection)->start_stream(4712, from, std::chrono::seconds(2))) _exit(1);
  BarePoster poster(receiver, kDocuments);
  for (std::size_t number = 0;;) {
    auto packet = (*connection)->read_packet(std::chrono::seconds(5));
    if (!packet) _exit(1);
    if (!*packet || static_cast<connectors::EventType>((**packet)[4]) != connectors::EventType::kXid) continue;
    const std::string body = R"({"title":"Bench )" + std::to_string(round) + "-" + std::to_string(number++) + " \"," + std::string(900, 'x') + "}";
    poster.post_on_each("POST /bare HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
}

struct Quantiles {
  double p50 = 0, p99 = 0;  // milliseconds
};
Quantiles latencies(const Arrivals& arrivals, const std::vector<double>& committed) {
  std::vector<double> all;
  for (const auto& [number, at] : arrivals.seen()) {
    if (number < committed.size()) all.push_back((at - committed[number]) * 1000);
  }
  std::sort(all.begin(), all.end());
  if (all.empty()) return {};
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

// Changes until one has come all the way: the product's first snapshot is over then.
Result<void> warm_up(SampleSource& source, const std::vector<std::string>& ids, Arrivals& arrivals) {
  arrivals.listen_to("/product", 1);
  for (std::size_t i = 0; i < 600; ++i) {
    if (auto done = commit_one(source, ids, 1, i); !done) return done;
    if (arrivals.wait_for(1, 0.1)) return engine::ok();
  }
  return engine::fail(engine::Errc::kTimedOut, "nothing reached the receiver within a minute");
}

Result<Quantiles> one_round(SampleSource& source, const std::vector<std::string>& ids, Arrivals& arrivals, const std::string& path, unsigned long round,
                            std::size_t count) {
  arrivals.listen_to(path, round);
  auto committed = write_at_pace(source, ids, round, count);
  if (!committed) return committed.take_error();
  if (!arrivals.wait_for(count * kDocuments, 60)) return engine::fail(engine::Errc::kTimedOut, path + ": not every document arrived");
  return latencies(arrivals, *committed);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> commit_to_receiver(const Settings& settings) {
  auto source = SampleSource::create(400);
  if (!source) return source.take_error();
  auto ids = (*source)->entry_ids();
  if (!ids) return ids.take_error();
  const auto listener = listen_loopback();
  Peer product([&] {
    pin_to_any_core();
    const auto served = app::serve(configuration(**source, listener.port), {});
    if (!served) std::fprintf(stderr, "the server ended: %s\n", served.error().detail.c_str());
  });
  static Arrivals arrivals;  // the receiver's thread ends with the process
  std::thread([fd = listener.fd] { serve_bare(fd, std::ref(arrivals)); }).detach();
  if (auto warm = warm_up(**source, *ids, arrivals); !warm) return warm.take_error();
  const auto count = static_cast<std::size_t>(1500 * settings.scale);
  Report p50, p99;
  p50.difference = p99.difference = true;
  p50.unit = p99.unit = "ms";
  for (int i = 0; i < settings.rounds; ++i) {
    const auto round = static_cast<unsigned long>(10 + 2 * i);
    auto ours = one_round(**source, *ids, arrivals, "/product", round, count);
    if (!ours) return ours.take_error();
    kill(product.pid(), SIGSTOP);  // the bare program has the machine for itself, as the product had
    auto from = (*source)->gtids();
    if (!from) return from.take_error();
    Result<Quantiles> bare = Quantiles{};
    {
      Peer poster([&] {
        pin_to_any_core();
        post_bare(**source, *from, listener.port, round + 1);
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      bare = one_round(**source, *ids, arrivals, "/bare", round + 1, count);
    }
    kill(product.pid(), SIGCONT);
    if (!bare) return bare.take_error();
    arrivals.listen_to("/product", round + 1);
    (void)arrivals.wait_for(count * kDocuments, 60);  // what it missed meanwhile
    p50.rounds.push_back({ours->p50, bare->p50});
    p99.rounds.push_back({ours->p99, bare->p99});
  }
  return std::vector{std::pair{std::string("_p50"), p50}, std::pair{std::string("_p99"), p99}};
}

}  // namespace bench
