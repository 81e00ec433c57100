#include "app/listen_settings.h"

namespace app {
namespace {

void read_seconds(TableReader& table, const std::string& key, std::chrono::milliseconds& into, std::int64_t high) {
  std::int64_t seconds = into.count() / 1000;
  table.read(key, seconds, 1, high);
  into = std::chrono::seconds(seconds);
}

void read_tls(TableReader& table, TlsConfig& tls) {
  std::string certificate, key, client_ca;
  table.read("tls_certificate", certificate);
  table.read("tls_key", key);
  table.read("tls_client_ca", client_ca);
  if (certificate.empty() != key.empty()) {
    table.problem(certificate.empty() ? "tls_certificate" : "tls_key", "is needed too: tls_certificate and tls_key go together");
  }
  if (certificate.empty() && !client_ca.empty()) table.problem("tls_client_ca", "asks for client certificates, which takes tls_certificate and tls_key");
  tls.certificate = certificate;
  tls.key = key;
  tls.client_ca = client_ca;
  std::int64_t age = tls.transport_security.count();
  table.read("hsts_max_age", age, 0, 10LL * 365 * 24 * 3600);
  tls.transport_security = std::chrono::seconds(age);
}

void read_limits(TableReader& table, engine::net::ServerLimits& limits) {
  table.read("max_header_bytes", limits.head_bytes, 1024, 1 << 20);
  table.read("max_headers", limits.header_count, 8, 10'000);
  limits.target_bytes = std::min(limits.target_bytes, limits.head_bytes);
  table.read("max_target_bytes", limits.target_bytes, 256, 1 << 20);
  if (limits.target_bytes > limits.head_bytes) table.problem("max_target_bytes", "must not be above max_header_bytes, which counts the request line too");
  table.read("max_body_bytes", limits.body_bytes, 1024, 64 << 20);
  read_seconds(table, "header_timeout_seconds", limits.head_timeout, 600);
  read_seconds(table, "body_timeout_seconds", limits.body_timeout, 3600);
  read_seconds(table, "idle_timeout_seconds", limits.idle, 3600);
  read_seconds(table, "write_timeout_seconds", limits.write_timeout, 3600);
  read_seconds(table, "handshake_timeout_seconds", limits.handshake_timeout, 600);
  table.read("min_body_bytes_per_second", limits.body_bytes_per_second, 0, 1 << 20);
}

}  // namespace

void read_listen_settings(TableReader& table, ListenConfig& listen) {
  read_tls(table, listen.tls);
  read_limits(table, listen.limits);
  std::vector<std::string> proxies;
  table.read("trusted_proxies", proxies);
  if (auto trusted = trust::TrustedProxies::parse(proxies)) {
    listen.trusted_proxies = std::move(*trusted);
  } else {
    table.problem("trusted_proxies", trusted.error().detail);
  }
}

}  // namespace app
