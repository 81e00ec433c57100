#pragma once
// The TLS ceilings: OpenSSL itself over epoll and keep-alive connections.

#include <string>

#include "bench/bare_http.h"

namespace bench {

/// A key and a certificate for 127.0.0.1 that is its own authority, as PEM files in a directory that goes with the object.
class SelfSigned {
 public:
  /// Ends the process with a message where OpenSSL fails.
  SelfSigned();
  ~SelfSigned();
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;
  std::string certificate() const { return directory_ + "/certificate.pem"; }
  std::string key() const { return directory_ + "/key.pem"; }

 private:
  std::string directory_;
};

/// serve_bare() over TLS 1.2 and 1.3.
void serve_bare_tls(int listen_fd, const SelfSigned& identity, const std::function<std::string_view(std::string_view request)>& answer, Wait wait = Wait::kSleep);
/// exchange_bare() over TLS, the server's certificate verified.
std::size_t exchange_bare_tls(std::uint16_t port, const SelfSigned& authority, std::string_view request, std::size_t count, std::size_t connections);

/// Opened before memory is measured: the first ones pay for tables that all share.
inline constexpr std::size_t kWarmTlsConnections = 8;
/// What `count` such connections cost this process, each after one exchange and unused since: bytes of anonymous memory for one. OpenSSL keeps no buffers meanwhile.
double idle_bare_tls_memory(std::uint16_t port, const SelfSigned& authority, std::string_view request, std::size_t count);

}  // namespace bench
