#include "bench/isolation_latency.h"

#include <sys/socket.h>

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "bench/arrival_record.h"
#include "bench/bare_http.h"
#include "bench/sample_fleet.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using engine::Result;

constexpr std::uint32_t kHealthy = 90;
constexpr int kOfEach = 4;  // sleeping, slow, hostile
constexpr auto kCommitEvery = 50ms;  // 1,800 deliveries a second: a twentieth of what one core can
constexpr int kWarmUp = 60;          // commits; then the circuits of those that fail are as they will be
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

std::string_view header_of(std::string_view request, std::string_view name) {
  const auto at = request.find(name);
  if (at == std::string_view::npos) return {};
  const auto from = at + name.size();
  return request.substr(from, request.find("\r\n", from) - from);
}

// Answers at once and notes when.
void serve_healthy(int fd, ArrivalRecord& record) {
  serve_bare(fd, [&record](std::string_view request) {
    const auto path = request.substr(0, request.find(" HTTP/"));
    record.note({now_seconds(), event_in(header_of(request, "X-Agents-Webhook-Id: ")), endpoint_in(path), true, true});
    return kAnswer;
  });
}

// One after the other, 50 ms each.
void serve_slow(int fd) {
  serve_bare(fd, [](std::string_view) {
    std::this_thread::sleep_for(50ms);
    return kAnswer;
  });
}

// A head that never ends, as fast as it is read.
void serve_nonsense(int fd) {
  const std::string nonsense = "HTTP/1.1 200 OK\r\n" + std::string(64 * 1024, 'x');
  serve_bare(fd, [&nonsense](std::string_view) { return std::string_view(nonsense); });
}

struct Ports {
  std::uint16_t healthy = 0, sleeping = 0, slow = 0, hostile = 0;
};

Result<void> add_all(SampleFleet& fleet, const Ports& ports, bool beside) {
  delivery::EndpointEdit edit;
  edit.concurrency = 4;
  for (std::uint32_t i = 0; i < kHealthy; ++i) {
    if (auto added = fleet.add("healthy-" + std::to_string(i), ports.healthy, edit); !added) return added;
  }
  edit.timeout = 1s;
  for (int i = 0; beside && i < kOfEach; ++i) {
    for (const auto& [kind, port] : {std::pair{"a-sleeping-", ports.sleeping}, std::pair{"slow-", ports.slow}, std::pair{"hostile-", ports.hostile}}) {
      if (auto added = fleet.add(kind + std::to_string(i), port, edit); !added) return added;
    }
  }
  return engine::ok();
}

// Milliseconds from a commit to the healthy receivers, ascending.
Result<std::vector<double>> latencies_of(const Ports& ports, bool beside, int commits, ArrivalRecord& record) {
  record.clear();
  pin_to_any_core();  // it sleeps most of the time: whichever core is free
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  auto fleet = SampleFleet::open(**sample);
  if (!fleet) return fleet.take_error();
  if (auto added = add_all(**fleet, ports, beside); !added) return added.take_error();
  if (auto started = (*fleet)->start(); !started) return started.take_error();
  std::vector<double> committed;  // by offset, from 1
  for (int i = 0; i < kWarmUp + commits; ++i) {
    if (auto appended = (*sample)->append(1, 300); !appended) return appended.take_error();
    committed.push_back(now_seconds());
    (*fleet)->fleet().wake();
    std::this_thread::sleep_for(kCommitEvery);
  }
  for (int i = 0; i < 1'000 && (*fleet)->delivered("healthy-") < kHealthy * committed.size(); ++i) std::this_thread::sleep_for(10ms);
  std::unordered_map<std::uint64_t, double> counted;  // by event
  auto read = (*sample)->log().read(feed::Offset{1 + kWarmUp}, 1u << 30);
  if (!read) return read.take_error();
  for (const auto& one : *read) counted[one.change.event_id.value] = committed.at(one.offset.value - 1);
  std::vector<double> latencies;
  for (const auto& one : record.arrivals()) {
    if (const auto commit = counted.find(one.event); commit != counted.end()) latencies.push_back((one.at - commit->second) * 1000);
  }
  if (latencies.size() != counted.size() * kHealthy) return engine::fail(engine::Errc::kTimedOut, "not every delivery arrived once");
  std::sort(latencies.begin(), latencies.end());
  return latencies;
}

double at(const std::vector<double>& ascending, double share) { return ascending[static_cast<std::size_t>(double(ascending.size() - 1) * share)]; }

}  // namespace

Result<Report> isolation_latency(const Settings& settings) {
  const auto commits = static_cast<int>(200 * settings.scale);
  ArrivalRecord record(static_cast<std::size_t>(commits + kWarmUp) * kHealthy * 2);
  const auto healthy = listen_loopback(), silent = listen_loopback(), slow = listen_loopback(), hostile = listen_loopback();
  Peer receiver([&] { serve_healthy(healthy.fd, record); });
  Peer sleeper([&] {
    for (;;) (void)accept(silent.fd, nullptr, nullptr);  // and never reads
  });
  Peer snail([&] { serve_slow(slow.fd); });
  Peer babbler([&] { serve_nonsense(hostile.fd); });
  const Ports ports{healthy.port, silent.port, slow.port, hostile.port};
  Report report;
  report.unit = "ms";
  for (int i = 0; i < settings.rounds; ++i) {
    auto beside = latencies_of(ports, true, commits, record);
    if (!beside) return beside.take_error();
    auto alone = latencies_of(ports, false, commits, record);
    if (!alone) return alone.take_error();
    report.rounds.push_back({at(*beside, 0.99), at(*alone, 0.99)});
    report.notes = {"last_round_p50=" + std::to_string(at(*beside, 0.5)) + "/" + std::to_string(at(*alone, 0.5))};
  }
  return report;
}

}  // namespace bench
