// The same as delivery_http over TLS, against OpenSSL itself over epoll.
#include "bench/delivery_tls.h"

#include "bench/bare_tls.h"
#include "bench/delivery_http.h"

namespace bench {

engine::Result<std::vector<std::pair<std::string, Report>>> delivery_tls(const Settings& settings) {
  const SelfSigned identity;
  const auto listener = listen_loopback();
  Peer receiver([&] { serve_bare_tls(listener.fd, identity, [](std::string_view) { return kEmptyAnswer; }, Wait::kSpin); });
  pin_to_core(0);
  const auto count = static_cast<std::size_t>(20'000 * settings.scale);
  engine::net::ClientTls tls;
  tls.ca_file = identity.certificate();
  Report report;
  report.unit = "cpu_s/delivery";
  const std::string request = bare_delivery();
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = deliver("https://127.0.0.1:" + std::to_string(listener.port) + "/hook", tls, count);
    if (!product) return product.take_error();
    const double before = cpu_seconds();
    exchange_bare_tls(listener.port, identity, request, count, kDeliveryConnections);
    report.rounds.push_back({*product, (cpu_seconds() - before) / double(count)});
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
