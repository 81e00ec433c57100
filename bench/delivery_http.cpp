// What does one signed, durably recorded 1 KiB delivery over keep-alive cost, against a bare epoll POST loop?
#include "bench/delivery_http.h"

#include <filesystem>
#include <future>
#include <thread>

#include "bench/bare_http.h"
#include "bench/sample_log.h"
#include "delivery/dispatcher.h"
#include "delivery/interests.h"
#include "delivery/key_schema.h"
#include "engine/net/http_client.h"
#include "engine/runtime/loops.h"

namespace bench {
namespace {

using engine::Result;

constexpr std::size_t kBodyBytes = 1024;

// Waits until the dispatcher has delivered `count`. Looks seldom: what that costs is counted too.
bool wait_for(const delivery::Dispatcher& dispatcher, std::uint64_t count) {
  for (int i = 0; i < 24'000; ++i) {
    if (dispatcher.stats().delivered >= count) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

}  // namespace

Result<double> deliver(const std::string& url, const engine::net::ClientTls& tls, std::size_t count) {
  auto made = SampleLog::create();
  if (!made) return made.take_error();
  SampleLog& sample = **made;
  delivery::InterestTable interests{std::vector<delivery::Interest>{}};
  auto letters = delivery::DeadLetters::open(sample.store(), sample.timers());
  if (!letters) return letters.take_error();
  engine::Loops loop(1, "delivery");
  asio::thread_pool pool(1);
  engine::net::DialPolicy policy;
  policy.allow_private = true;
  engine::net::HttpClient client(loop.executor(0), sample.timers(), policy, {}, tls);
  delivery::EndpointConfig config;
  config.url = url;
  config.secrets.emplace_back("whsec_benchmark");
  config.concurrency = kDeliveryConnections;
  delivery::AttemptLog attempts(sample.store(), sample.timers());
  auto dispatcher = delivery::Dispatcher::open({.loop = loop.executor(0),
                                                .blocking = pool.get_executor(),
                                                .timers = sample.timers(),
                                                .transport = client,
                                                .store = sample.store(),
                                                .log = sample.log(),
                                                .selector = interests,
                                                .dead_letters = **letters,
                                                .seed = 1,
                                                .attempts = &attempts},
                                               config);
  if (!dispatcher) return dispatcher.take_error();
  if (auto filled = sample.append(count, kBodyBytes - 300); !filled) return filled.take_error();  // the payload's own fields are about 300 bytes
  settle();
  std::promise<void> ended;
  asio::co_spawn(loop.executor(0), (*dispatcher)->run(), [&ended](std::exception_ptr) { ended.set_value(); });
  const double before = cpu_seconds();
  loop.run();
  const bool all = wait_for(**dispatcher, count);
  (*dispatcher)->stop();
  ended.get_future().wait();
  const double cost = cpu_seconds() - before;
  loop.stop();
  loop.join();
  pool.join();
  if (!all) return engine::fail(engine::Errc::kTimedOut, "not every delivery arrived");
  return cost / double(count);
}

std::string bare_delivery() {
  std::string request = "POST /hook HTTP/1.1\r\nHost: 127.0.0.1:40000\r\nContent-Length: " + std::to_string(kBodyBytes) +
                        "\r\nContent-Type: application/json\r\nUser-Agent: millrace/0.1.0\r\nX-Agents-Webhook-Id: evt_0123456789abcdef\r\n"
                        "X-Agents-Webhook-Timestamp: 1767600000\r\nX-Agents-Webhook-Signature: sha256=" + std::string(64, 'a') + "\r\n\r\n";
  return request.append(kBodyBytes, 'x');
}

Result<std::vector<std::pair<std::string, Report>>> delivery_http(const Settings& settings) {
  const auto listener = listen_loopback();
  Peer receiver([&] { serve_bare(listener.fd, [](std::string_view) { return kEmptyAnswer; }, Wait::kSpin); });
  pin_to_core(0);
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  Report report;
  report.unit = "cpu_s/delivery";
  const std::string request = bare_delivery();
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = deliver("http://127.0.0.1:" + std::to_string(listener.port) + "/hook", {}, count);
    if (!product) return product.take_error();
    const double before = cpu_seconds();
    exchange_bare(listener.port, request, count, kDeliveryConnections);
    report.rounds.push_back({*product, (cpu_seconds() - before) / double(count)});
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
