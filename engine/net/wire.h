#pragma once
// One connection to a receiver, plain or TLS. Internal to HttpClient.

#include <memory>
#include <optional>
#include <string>

#include "engine/net/http_client.h"
#include "engine/net/read_buffer.h"
#include "engine/net/ready_socket.h"
#include "engine/net/tls_session.h"

namespace engine::net {

/// Where pooled connections belong together.
struct PoolKey {
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
};

constexpr std::size_t kWireReadBytes = 2 * 1024;

/// Threads: belongs to one loop. No timers: whoever owns it calls expire().
class Wire {
 public:
  /// Takes the connected descriptor.
  Wire(PoolKey key, std::shared_ptr<Readiness> set, int descriptor) : key(std::move(key)), socket_(std::move(set), descriptor) {}

  /// False: the system has no room for one more, or it has expired.
  bool open() const { return socket_.open(); }
  /// The TLS handshake, with SNI and verification of chain and name. kUnavailable: detail says why.
  Task<Result<void>> secure(ssl_ctx_st* context);
  /// Head and body in one write, without waiting; nearly always it takes all of it. nullopt: go on with write_rest().
  std::optional<asio::error_code> write_now(std::string_view head, std::string_view body);
  /// What write_now() left; both outlive the call.
  Task<asio::error_code> write_rest(std::string_view head, std::string_view body);
  /// More bytes into `in`, without waiting; would_block: there are none before until_more() has returned; eof: the peer has closed.
  asio::error_code read_now();
  Task<Readiness::Woken> until_more() { return until_wanted(); }
  /// Ends whatever is waiting on it, as timed out.
  void expire();
  bool expired() const { return expired_; }
  /// The peer has said more than was read, and it lies with us already.
  bool has_unread() const { return !in.unread().empty() || (tls_ && !tls_->empty()); }
  /// It will be unused for a while: most of its memory is given back.
  void rest() {
    in.settle(4096);
    if (tls_) tls_->rest();
  }
  /// While unused: the peer closed it or said something nobody asked for.
  bool disturbed() const { return socket_.disturbed(); }

  const PoolKey key;
  ReadBuffer in;
  std::string head;           ///< of the request, its memory reused
  MonoTime deadline{};        ///< of what is waited for now
  MonoTime last_deadline{};   ///< of the exchange in progress
  MonoTime idle_since{};

 private:
  using Want = TlsSession::Want;
  asio::error_code write_more(std::string_view head, std::string_view body);
  Task<Readiness::Woken> until_wanted() { return want_ == Want::kWritable ? socket_.until_writable() : socket_.until_readable(); }

  ReadySocket socket_;
  std::unique_ptr<TlsSession> tls_;
  Want want_ = Want::kNothing;  // what the last call would have needed to do more
  std::size_t sent_ = 0;        // of what is being written
  bool expired_ = false;
};

}  // namespace engine::net
