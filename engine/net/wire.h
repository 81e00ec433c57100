#pragma once
// One connection to a receiver, plain or TLS. Internal to HttpClient.

#include <optional>
#include <string>

#include "engine/net/http_client.h"
#include "engine/net/peer_socket.h"
#include "engine/net/read_buffer.h"

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
  Wire(PoolKey key, asio::ip::tcp::socket socket) : key(std::move(key)), socket_(std::move(socket)) {}

  /// The TLS handshake, with SNI and verification of chain and name. kUnavailable: detail says why.
  Task<Result<void>> secure(ssl_ctx_st* context);
  /// Head and body in one write, without waiting; nearly always it takes all of it. nullopt: go on with write_rest().
  std::optional<asio::error_code> write_now(std::string_view head, std::string_view body);
  /// What write_now() left; both outlive the call.
  Task<asio::error_code> write_rest(std::string_view head, std::string_view body);
  /// More bytes into `in`; the code is eof where the peer has closed. Over a plain connection the caller may spare this coroutine:
  /// plain() is its socket then, and a null pointer over TLS.
  Task<asio::error_code> read();
  asio::ip::tcp::socket* plain() { return socket_.secured() ? nullptr : &socket_.tcp(); }
  /// Ends whatever is waiting on it, as timed out.
  void expire();
  bool expired() const { return expired_; }
  /// The peer has said more than was read, and it lies with us already.
  bool has_unread() const { return !in.unread().empty() || socket_.holds_unread(); }
  /// It will be unused for a while: most of its memory is given back.
  void rest() {
    in.settle(4096);
    socket_.rest();
  }
  /// While unused: the peer closed it or said something nobody asked for.
  bool disturbed();

  const PoolKey key;
  ReadBuffer in;
  std::string head;           ///< of the request, its memory reused
  MonoTime deadline{};        ///< of what is waited for now
  MonoTime last_deadline{};   ///< of the exchange in progress
  MonoTime idle_since{};

 private:
  PeerSocket socket_;
  std::size_t sent_ = 0;      // by write_now
  bool expired_ = false;
};

}  // namespace engine::net
