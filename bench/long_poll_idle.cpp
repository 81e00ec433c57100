// What do 5,000 clients cost that wait for changes of one type while changes of another arrive?
#include "bench/long_poll_idle.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

#include "bench/feed_server.h"

namespace bench {
namespace {

using engine::Result;

constexpr std::size_t kWaits = 5'000;
constexpr int kChangesPerSecond = 100;
constexpr double kSecondsPerRound = 10;

void allow_many_sockets() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// The clients: each asks, waits, and asks again when it was answered. Runs until it is killed.
void wait_forever(std::uint16_t port, const std::string& request) {
  allow_many_sockets();
  const int events = epoll_create1(0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto ask = [&request](int fd) { return ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()); };
  for (std::size_t i = 0; i < kWaits; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.fd = fd;
    if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || epoll_ctl(events, EPOLL_CTL_ADD, fd, &interest) != 0 || !ask(fd)) {
      std::perror("long_poll_idle: client");
      _exit(1);
    }
  }
  for (;;) {
    epoll_event ready[64];
    const int count = epoll_wait(events, ready, 64, -1);
    for (int i = 0; i < count; ++i) {
      char answer[16384];  // more than an empty page
      if (recv(ready[i].data.fd, answer, sizeof answer, 0) <= 0 || !ask(ready[i].data.fd)) _exit(1);
    }
  }
}

// CPU seconds a second while changes arrive evenly.
Result<double> cost_of_appending(SampleLog& sample, double seconds) {
  const auto begin = now_seconds();
  const double before = cpu_seconds();
  for (int i = 0; i < int(seconds * kChangesPerSecond); ++i) {
    const double due = begin + double(i) / kChangesPerSecond;
    if (const double left = due - now_seconds(); left > 0) std::this_thread::sleep_for(std::chrono::duration<double>(left));
    if (auto appended = sample.append(1, 300); !appended) return appended.take_error();
  }
  return (cpu_seconds() - before) / (now_seconds() - begin);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> long_poll_idle(const Settings& settings) {
  allow_many_sockets();
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = (*sample)->append(1'000, 300); !filled) return filled.take_error();
  settle();
  FeedServer server(**sample);
  if (auto started = server.start(); !started) return started.take_error();
  Report report;
  report.unit = "cpu_s/s";
  report.difference = true;
  double kib_per_wait = 0;
  for (int i = 0; i < settings.rounds; ++i) {
    Round round;
    auto alone = cost_of_appending(**sample, kSecondsPerRound * settings.scale);
    if (!alone) return alone.take_error();
    round.ceiling = *alone;
    const double memory = anonymous_memory();
    const auto cursor = server.reader.latest_cursor(*server.types.parse("orders"), (*sample)->timers().wall_now());
    Peer clients([&] { wait_forever(server.port, get("/agents/v1/changes?wait=60&cursor=" + cursor)); });
    for (int tries = 0; server.live->seated() < kWaits; ++tries) {
      if (tries > 2'000) return engine::fail(engine::Errc::kUnavailable, "only " + std::to_string(server.live->seated()) + " clients wait");
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    settle();
    if (i == 0) kib_per_wait = (anonymous_memory() - memory) / 1024 / double(kWaits);
    auto beside = cost_of_appending(**sample, kSecondsPerRound * settings.scale);
    if (!beside) return beside.take_error();
    if (server.live->seated() != kWaits) return engine::fail(engine::Errc::kConflict, "a client no longer waits: what was measured is not idle");
    round.product = *beside;
    report.rounds.push_back(round);
  }
  report.notes.push_back("waits=" + std::to_string(kWaits));
  report.notes.push_back("changes_per_s=" + std::to_string(kChangesPerSecond));
  report.notes.push_back("kib_per_wait=" + std::to_string(kib_per_wait));
  report.notes.push_back("rss_anon_mib=" + std::to_string(anonymous_memory() / 1048576));
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
