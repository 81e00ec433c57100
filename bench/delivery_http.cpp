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
#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"
#include "engine/net/http_client.h"
#include "engine/runtime/loops.h"
#include "feed/change_codec.h"

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

namespace {

// What no sender of this log can leave out: read each change from the store, sign what is sent, record how far it came. All else is the bare loop.
class Floor {
 public:
  explicit Floor(SampleLog& sample) : sample_(sample), request_(bare_delivery()), signature_at_(request_.find("sha256=") + 7), body_at_(request_.size() - kBodyBytes) {}
  std::string_view next() {
    if (at_ == bodies_.size() && !read()) return {};
    const std::string& body = bodies_[at_++];
    body.copy(request_.data() + body_at_, kBodyBytes);
    const auto mac = hmac_.sign({"1767600000", ".", std::string_view(request_).substr(body_at_)});
    engine::write_hex(request_.data() + signature_at_, engine::crypto::bytes_of(mac));
    return request_;
  }

 private:
  static constexpr std::size_t kAtOnce = 256;
  bool read() {
    engine::store::Batch batch;
    batch.put(sample_.store().family(delivery::kStateFamily), "floor", std::to_string(next_.value));
    if (!sample_.store().write(batch, engine::store::Durability::kBuffered)) return false;
    bodies_.resize(kAtOnce);
    at_ = 0;
    std::size_t n = 0;
    const auto visit = [&](const feed::RecordRef& record) {
      const auto change = feed::view_change(record.bytes);
      if (!change) return false;
      bodies_[n++].assign(change->webhook);
      return true;
    };
    feed::ScanRange range;
    range.from = next_;
    range.end = next_ = std::min(sample_.log().high_watermark(), feed::Offset{next_.value + kAtOnce});
    const auto read = sample_.log().scan(range, engine::store::ReadFrom::kAnywhere, visit);
    bodies_.resize(n);
    return read && n > 0;
  }

  SampleLog& sample_;
  engine::crypto::HmacSha256 hmac_{engine::Secret("whsec_benchmark")};
  std::string request_;
  const std::size_t signature_at_, body_at_;
  std::vector<std::string> bodies_;
  std::size_t at_ = 0;
  feed::Offset next_{1};
};

Result<double> floor_of(std::uint16_t port, std::size_t count) {
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = (*sample)->append(count, kBodyBytes - 300); !filled) return filled.take_error();
  settle();
  Floor floor(**sample);
  const double before = cpu_seconds();
  exchange_bare(port, [&floor] { return floor.next(); }, count, kDeliveryConnections);
  return (cpu_seconds() - before) / double(count);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> delivery_http(const Settings& settings) {
  const auto listener = listen_loopback();
  Peer receiver([&] { serve_bare(listener.fd, [](std::string_view) { return kEmptyAnswer; }, Wait::kSpin); });
  pin_to_core(0);
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  Report report, floor;
  report.unit = floor.unit = "cpu_s/delivery";
  const std::string request = bare_delivery();
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = deliver("http://127.0.0.1:" + std::to_string(listener.port) + "/hook", {}, count);
    if (!product) return product.take_error();
    const double before = cpu_seconds();
    exchange_bare(listener.port, request, count, kDeliveryConnections);
    const double bare = (cpu_seconds() - before) / double(count);
    auto least = floor_of(listener.port, count);
    if (!least) return least.take_error();
    report.rounds.push_back({*product, bare});
    floor.rounds.push_back({*least, bare});
  }
  return std::vector{std::pair{std::string(), report}, std::pair{std::string("_floor"), floor}};
}

}  // namespace bench
