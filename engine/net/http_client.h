#pragma once
// The real Transport: pooled keep-alive connections over a guarded dialer.

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "engine/net/dialer.h"
#include "engine/net/tls_identity.h"
#include "engine/net/transport.h"

namespace engine::net {

struct ClientLimits {
  std::size_t max_idle_per_host = 32;    ///< kept for reuse per scheme, host and port; the oldest is closed when there are more
  std::size_t max_open = 4096;           ///< exchanges at once; the next one is told kUnavailable
  std::chrono::milliseconds idle{25'000};  ///< a connection is closed this long after its last exchange began, unless that is still in progress
  std::chrono::milliseconds sweep{50};     ///< how exactly deadlines are kept
};

struct ClientTls {
  std::string ca_file;   ///< PEM; empty: the system's store
  TlsMaterial client{};  ///< what is shown to a server that asks for a certificate: chain and key; an empty chain: nothing. Its client_ca is not used
};
/// Whether connections could be made with it. kMalformed names the file or text at fault; kUnavailable: no usable authorities. Blocking.
Result<void> check(const ClientTls& tls);

/// Connections are verified (chain and name, SNI sent, ALPN http/1.1) for https, TLS 1.2 and 1.3. One transparent retry where a pooled connection turns out to be closed before a byte
/// of response came. Never follows redirects, never sends cookies, never asks a proxy.
/// Threads: one object per loop; created, used and destroyed on it. Exchanges must have ended before it is destroyed.
class HttpClient final : public Transport {
 public:
  /// `user_agent` is sent unless the request's headers carry one, or it has finished lines; empty: none.
  HttpClient(asio::any_io_executor executor, Timers& timers, DialPolicy policy, ClientLimits limits = {}, ClientTls tls = {}, std::string user_agent = {},
             Resolve resolve = system_resolver());
  ~HttpClient() override;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  Task<Result<OutboundResponse>> post(OutboundRequest request) override;
  /// The same with GET; the request's body is not sent.
  Task<Result<OutboundResponse>> get(OutboundRequest request);
  /// Closes the pooled connections; those in use are closed when their exchange ends.
  void close_idle();

  std::size_t idle_connections() const;
  std::size_t connections_opened() const;  ///< since construction
  std::size_t awake_connections() const;   ///< to https, used within the last second: they keep OpenSSL's buffers, 34 KB each, for the next exchange; at most 32

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace engine::net
