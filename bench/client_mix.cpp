// What do 16 clients cost that do different things at once, against the same requests one kind after the other?
#include "bench/client_mix.h"

#include <array>

#include "bench/bare_http.h"
#include "bench/feed_server.h"
#include "bench/sample_entries.h"

namespace bench {
namespace {

using engine::Result;

constexpr std::size_t kClients = 16;
constexpr std::size_t kEntries = 20'000;

// One kind of client: how many of the sixteen are of it, and what each asks for.
struct Kind {
  std::string_view name;
  std::size_t clients;
  std::string request;
};

std::string post(const std::string& target, const std::string& body) {
  return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer tok-bench-0123456789\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Pollers with nothing new, readers of pages, lists, shows and searches, and one that records how far it has come (synced).
std::vector<Kind> kinds(const FeedServer& server, engine::WallTime now) {
  const auto newest = server.reader.latest_cursor(server.types.all(), now);
  return {{"poll", 6, get("/agents/v1/changes?cursor=" + newest)},
          {"page", 2, get("/agents/v1/changes?limit=50")},
          {"list", 3, get("/agents/v1/entries?limit=50")},
          {"show", 3, get("/agents/v1/entries/show?id=4711")},
          {"search", 1, get("/agents/v1/entries?q=some&limit=50")},
          {"checkpoint", 1, post("/agents/v1/sync-state/checkpoint", R"({"resourceType":"changes","cursor":")" + newest + "\"}")}};
}

// CPU seconds of this process while children run `loads` at once, each so many requests over so many connections.
struct Load {
  const Kind* kind;
  std::size_t requests;
};
Result<double> cost(std::uint16_t port, const std::vector<Load>& loads) {
  const double before = cpu_seconds();
  std::vector<std::unique_ptr<Peer>> children;
  for (const auto& load : loads) {
    children.push_back(std::make_unique<Peer>([&] { exchange_bare(port, load.kind->request, load.requests, load.kind->clients); }));
  }
  for (const auto& child : children) {
    if (!child->join()) return engine::fail(engine::Errc::kUnavailable, "a client ended early");
  }
  return cpu_seconds() - before;
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> client_mix(const Settings& settings) {
  pin_to_core(0);
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = append_entries((*sample)->log(), kEntries); !filled) return filled.take_error();
  settle();
  FeedServer server(**sample);
  if (auto started = server.start(); !started) return started.take_error();
  const auto all = kinds(server, (*sample)->timers().wall_now());
  const auto per_client = static_cast<std::size_t>(2'000 * settings.scale);
  std::vector<Load> loads;
  for (const auto& kind : all) loads.push_back({&kind, kind.clients * per_client});

  Report report;
  report.unit = "cpu_s/request";
  const double requests = double(kClients * per_client);
  std::vector<double> alone_costs(all.size(), 0);
  for (int i = 0; i < settings.rounds; ++i) {
    auto mixed = cost(server.port, loads);
    if (!mixed) return mixed.take_error();
    double apart = 0;
    for (std::size_t k = 0; k < loads.size(); ++k) {
      auto alone = cost(server.port, {loads[k]});
      if (!alone) return alone.take_error();
      alone_costs[k] += *alone;
      apart += *alone;
    }
    report.rounds.push_back({*mixed / requests, apart / requests});
  }
  double total = 0, mixed = 0;
  for (const double one : alone_costs) total += one;
  for (const auto& round : report.rounds) mixed += round.product;
  report.notes.push_back("requests_per_cpu_second=" + std::to_string(static_cast<int>(settings.rounds / mixed)));
  for (std::size_t k = 0; k < all.size(); ++k) {
    const double microseconds = alone_costs[k] * 1e6 / double(settings.rounds) / double(loads[k].requests);
    report.notes.push_back(std::string(all[k].name) + "=" + std::to_string(all[k].clients) + "_clients," + std::to_string(static_cast<int>(microseconds + 0.5)) +
                           "_us," + std::to_string(static_cast<int>(100 * alone_costs[k] / total + 0.5)) + "%_of_cost");
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
