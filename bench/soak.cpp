// Ten minutes of commits for 50 endpoints whose receivers misbehave, the sender killed now and then: is anything lost, repeated without a reason, or out of order?
#include "bench/soak.h"

#include <unistd.h>

#include <cstdio>
#include <random>
#include <thread>

#include "bench/bare_http.h"
#include "bench/sample_fleet.h"
#include "bench/soak_judge.h"
#include "bench/soak_receivers.h"
#include "tests/support/fixtures.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using engine::Result;

constexpr std::uint32_t kEndpoints = 5 * kSoakKinds;
constexpr std::size_t kKeys = 200, kBatch = 10;
constexpr auto kCommitEvery = 200ms;     // 50 changes, so 2,500 deliveries a second
constexpr double kSeconds = 600;
constexpr int kSecondsToRest = 180;
constexpr std::size_t kRoom = 8'000'000;  // attempts

// Everything its endpoint failed at is tried again soon, and nothing is given up.
delivery::EndpointEdit patient() {
  delivery::EndpointEdit edit;
  edit.timeout = std::chrono::seconds(kSoakTimeoutSeconds);
  edit.max_attempts = 20;
  edit.concurrency = 8;
  edit.schedule = {1000ms, 2000ms};
  return edit;
}

// Until every endpoint has everything. False: it took too long.
bool come_to_rest(SampleFleet& endpoints) {
  for (int i = 0; i < kSecondsToRest * 10; ++i) {
    endpoints.resume_disabled();
    const auto total = endpoints.fleet().total();
    if (total.lag == 0 && total.parked == 0) return true;
    std::this_thread::sleep_for(100ms);
  }
  for (const auto& one : endpoints.fleet().list()) {
    if (one.stats.lag || one.stats.parked) std::fprintf(stderr, "soak: %s lag=%lu parked=%lu\n", one.record.name.c_str(), one.stats.lag, one.stats.parked);
  }
  return false;
}

// One life of the sender: commits and delivers until it is killed, or until everything has arrived.
Result<void> live(const std::filesystem::path& directory, std::uint16_t port, ArrivalRecord& record) {
  pin_to_any_core();
  auto sample = SampleLog::open(directory);
  if (!sample) return sample.take_error();
  auto endpoints = SampleFleet::open(**sample);
  if (!endpoints) return endpoints.take_error();
  for (std::uint32_t i = 0; i < kEndpoints; ++i) {
    const auto name = soak_endpoint_name(i);
    if ((*endpoints)->knows(name)) continue;  // from an earlier life
    if (auto added = (*endpoints)->add(name, port, patient(), feed::Offset{1}); !added) return added;
  }
  if (auto started = (*endpoints)->start(); !started) return started;
  while (!record.resting()) {
    if (auto appended = (*sample)->append(kBatch, 300, kKeys); !appended) return appended;
    (*endpoints)->fleet().wake();
    (*endpoints)->resume_disabled();
    record.saw_memory(anonymous_memory());
    std::this_thread::sleep_for(kCommitEvery);
  }
  if (!come_to_rest(**endpoints)) return engine::fail(engine::Errc::kTimedOut, "endpoints are still behind");
  return engine::ok();
}

// The whole process of such a life.
void live_and_end(const std::filesystem::path& directory, std::uint16_t port, ArrivalRecord& record) {
  const auto lived = live(directory, port, record);
  if (!lived) std::fprintf(stderr, "soak: the sender: %s\n", lived.error().detail.c_str());
  _exit(lived ? 0 : 1);
}

// Most lives are some seconds of work; every fourth ends while it recovers.
std::chrono::milliseconds draw_life(std::mt19937_64& dice) {
  const auto between = [&dice](int from, int to) { return std::chrono::milliseconds(std::uniform_int_distribution<>(from, to)(dice)); };
  return between(0, 3) == 0ms ? between(20, 1'000) : between(3'000, 15'000);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> soak(const Settings& settings) {
  const test::TemporaryDirectory scratch;
  ArrivalRecord record(kRoom);
  const auto listener = listen_loopback();
  Peer receivers([&] {
    pin_to_any_core();
    serve_soak(listener.fd, kFleetSecret, record);
  });
  std::mt19937_64 dice(1);
  std::vector<double> kills;
  const double until = now_seconds() + kSeconds * settings.scale;
  while (now_seconds() < until) {
    {
      Peer sender([&] { live_and_end(scratch.path(), listener.port, record); });
      std::this_thread::sleep_for(draw_life(dice));
      if (!sender.running()) return engine::fail(engine::Errc::kUnavailable, "the sender ended by itself");
    }  // SIGKILL
    kills.push_back(now_seconds());
  }
  const double resting = now_seconds();
  record.come_to_rest();
  Peer last([&] { live_and_end(scratch.path(), listener.port, record); });
  if (!last.join()) return engine::fail(engine::Errc::kUnavailable, "not every endpoint came to rest");
  const double rest = now_seconds() - resting;

  auto sample = SampleLog::open(scratch.path());
  if (!sample) return sample.take_error();
  const auto told = told_by((*sample)->log());
  if (!told) return tl::unexpected(told.error());
  const auto figures = judge_soak(*told, record.arrivals(), kEndpoints, kills);
  const std::string text = figures.text() + " changes=" + std::to_string(told->size()) + " endpoints=" + std::to_string(kEndpoints) +
                           " attempts=" + std::to_string(record.arrivals().size()) + " kills=" + std::to_string(kills.size()) +
                           " to_rest_s=" + std::to_string(static_cast<long>(rest)) + " most_memory_mb=" + std::to_string(static_cast<long>(record.most_memory() / (1u << 20)));
  if (!figures.good()) return engine::fail(engine::Errc::kMalformed, text);
  if (const auto unnoticed = unnoticed_by_judge(*told, record.arrivals(), kEndpoints, kills); !unnoticed.empty()) {
    return engine::fail(engine::Errc::kMalformed, "the judge did not notice " + unnoticed);
  }
  Report report;
  report.unit = "deliveries";
  report.rounds.push_back({double(figures.accepted), double(figures.owed)});
  report.notes.push_back(text);
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
