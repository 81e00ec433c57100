// What does a kept-alive TLS connection to a receiver cost while it is not in use?
#include "bench/idle_tls_memory.h"

#include <algorithm>

#include "bench/bare_tls.h"
#include "bench/delivery_http.h"
#include "engine/net/http_client.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using engine::Result;

// One delivery on each of `count` connections at once; false where one of them failed.
bool post_on_each(asio::io_context& loop, engine::net::HttpClient& client, const engine::net::Url& url, std::size_t count) {
  const std::string body(1024, 'x');
  engine::net::OutboundRequest request;
  request.url = &url;
  request.body = body;
  request.connect_timeout = request.total_timeout = 60s;
  std::size_t answered = 0;
  const auto post = [&]() -> engine::Task<void> {
    const auto answer = co_await client.post(request);
    answered += answer && answer->status == 200;
  };
  for (std::size_t i = 0; i < count; ++i) asio::co_spawn(loop, post(), asio::detached);
  for (int turns = 0; turns < 600 && answered < count; ++turns) loop.run_for(100ms);
  return answered == count;
}

// Bytes of one; negative: there were not so many.
double product(std::uint16_t port, const SelfSigned& identity, std::size_t count) {
  asio::io_context loop;
  engine::SystemTimers timers;
  engine::net::DialPolicy policy;
  policy.allow_private = true;
  engine::net::ClientTls tls;
  tls.ca_file = identity.certificate();
  engine::net::ClientLimits limits;
  limits.max_idle_per_host = kWarmTlsConnections + count;
  limits.idle = 10min;
  engine::net::HttpClient client(loop.get_executor(), timers, policy, limits, tls);
  const auto url = engine::net::parse_url("https://127.0.0.1:" + std::to_string(port) + "/hook");
  if (!url || !post_on_each(loop, client, *url, kWarmTlsConnections)) return -1;
  const double before = anonymous_memory();
  for (std::size_t open = kWarmTlsConnections; open < kWarmTlsConnections + count;) {
    open = std::min(open + kDeliveryConnections, kWarmTlsConnections + count);
    if (!post_on_each(loop, client, *url, open)) return -1;  // over those that are there, and some new ones
  }
  if (client.idle_connections() != kWarmTlsConnections + count) return -1;
  return (anonymous_memory() - before) / double(count);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> idle_tls_memory(const Settings& settings) {
  const SelfSigned identity;
  const auto listener = listen_loopback();
  Peer receiver([&] { serve_bare_tls(listener.fd, identity, [](std::string_view) { return kEmptyAnswer; }); });
  const auto count = static_cast<std::size_t>(400 * settings.scale);
  Report report;
  report.unit = "KB/connection";
  for (int i = 0; i < settings.rounds; ++i) {
    auto ours = in_own_process("the product", [&] { return product(listener.port, identity, count); });
    if (!ours) return ours.take_error();
    auto bare = in_own_process("OpenSSL", [&] { return idle_bare_tls_memory(listener.port, identity, bare_delivery(), count); });
    if (!bare) return bare.take_error();
    report.rounds.push_back({*ours / 1024, *bare / 1024});
  }
  report.notes.push_back("connections=" + std::to_string(count));
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
