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

/// One more while it lives.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

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
  /// Its memory stays for the next exchange, until rest(). `awake` counts those of which it does, and outlives this.
  void stay_awake(std::size_t& awake);
  /// Unused from now on, for as long as nobody knows.
  void pause();
  /// It will be unused for a while: most of its memory is given back.
  void rest();
  /// While unused: the peer closed it or said something nobody asked for.
  bool disturbed() const { return socket_.disturbed(); }

  const PoolKey key;
  ReadBuffer in;
  std::string head;           ///< of the request; the next one may begin alike
  std::size_t opening = 0;    ///< of head: up to where requests of that method and target begin alike
  Method method = Method::kOther;
  std::string target;
  MonoTime deadline{};        ///< of what is waited for now
  MonoTime last_deadline{};   ///< of the exchange in progress
  MonoTime used_since{};      ///< the exchange in progress, or the last one, began

 private:
  using Want = TlsSession::Want;
  asio::error_code write_more(std::string_view head, std::string_view body);
  Task<Readiness::Woken> until_wanted() { return want_ == Want::kWritable ? socket_.until_writable() : socket_.until_readable(); }

  ReadySocket socket_;
  std::unique_ptr<TlsSession> tls_;
  std::optional<Counted> awake_;
  Want want_ = Want::kNothing;  // what the last call would have needed to do more
  std::size_t sent_ = 0;        // of what is being written
  bool expired_ = false;
};

}  // namespace engine::net
