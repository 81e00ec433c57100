// Do endpoints whose receivers sleep slow down the healthy ones?
#include "bench/isolation.h"

#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "bench/bare_http.h"
#include "bench/isolation_latency.h"
#include "bench/sample_fleet.h"

namespace bench {
namespace {

using engine::Result;

constexpr int kHealthy = 90, kSleeping = 10;
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// Seconds until every healthy endpoint has every change. `sleeping`: a port that takes connections and never says a word; 0: no such endpoints.
Result<double> round(std::uint16_t healthy, std::uint16_t sleeping, std::size_t changes) {
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  auto endpoints = SampleFleet::open(**sample);
  if (!endpoints) return endpoints.take_error();
  delivery::EndpointEdit edit;
  edit.concurrency = 4;
  for (int i = 0; i < kHealthy; ++i) {
    if (auto added = (*endpoints)->add("healthy-" + std::to_string(i), healthy, edit); !added) return added.take_error();
  }
  edit.timeout = std::chrono::seconds(1);
  for (int i = 0; sleeping != 0 && i < kSleeping; ++i) {
    if (auto added = (*endpoints)->add("sleeping-" + std::to_string(i), sleeping, edit); !added) return added.take_error();
  }
  if (auto filled = (*sample)->append(changes, 300); !filled) return filled.take_error();
  settle();
  const double before = now_seconds();
  if (auto started = (*endpoints)->start(); !started) return started.take_error();
  for (int i = 0; i < 60'000; ++i) {
    if ((*endpoints)->delivered("healthy-") >= changes * kHealthy) return now_seconds() - before;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return engine::fail(engine::Errc::kTimedOut, "not every delivery arrived");
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> isolation(const Settings& settings) {
  const auto listener = listen_loopback(), silent = listen_loopback();
  Peer receiver([&] { serve_bare(listener.fd, [](std::string_view) { return kAnswer; }); });
  Peer sleeper([&] {
    for (;;) (void)accept(silent.fd, nullptr, nullptr);  // and never reads
  });
  pin_to_core(0);
  const auto changes = static_cast<std::size_t>(1'000 * settings.scale);
  Report report;
  report.unit = "s";
  for (int i = 0; i < settings.rounds; ++i) {
    auto beside = round(listener.port, silent.port, changes);
    if (!beside) return beside.take_error();
    auto alone = round(listener.port, 0, changes);
    if (!alone) return alone.take_error();
    report.rounds.push_back({*beside, *alone});
  }
  report.notes.push_back("deliveries_per_s=" + std::to_string(static_cast<long>(double(changes * kHealthy) / report.rounds.back().product)));
  auto latency = isolation_latency(settings);
  if (!latency) return latency.take_error();
  return std::vector{std::pair{std::string(), report}, std::pair{std::string("_p99"), *latency}};
}

}  // namespace bench
