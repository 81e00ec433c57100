#pragma once
// A connected socket of the server's, plain or under TLS. Over a plain one every call is the socket's own, behind one branch.

#include <array>
#include <memory>
#include <tuple>

#include "engine/net/tls_session.h"
#include "engine/runtime/asio.h"

namespace engine::net {

/// Belongs to one loop. Non-blocking under TLS. Moves no more once secure() was called.
class PeerSocket {
 public:
  using Tcp = asio::ip::tcp::socket;
  using Outcome = std::tuple<asio::error_code, std::size_t>;

  explicit PeerSocket(Tcp socket) : tcp_(std::move(socket)) {}

  Tcp& tcp() { return tcp_; }
  bool secured() const { return tls_ != nullptr; }
  /// From here on bytes are encrypted. False: no memory.
  bool secure(const TlsIdentity& identity, WallTime now) {
    tls_ = TlsSession::accept(identity, tcp_, now);
    return secured();
  }
  Task<asio::error_code> shake_hands();
  bool heard_plain_http() const { return tls_ && tls_->heard_plain_http(); }
  const std::string& why() const { return tls_->why(); }
  /// For one last word to who never spoke TLS.
  void speak_plainly() { tls_.reset(); }

  /// What goes without waiting; would_block where nothing does.
  template <std::size_t N>
  std::size_t write_some(const std::array<asio::const_buffer, N>& from, asio::error_code& failed) {
    return tls_ ? write_some_tls(from, failed) : tcp_.write_some(from, failed);
  }
  /// One buffer costs the kernel less than a list of one.
  std::size_t write_some(asio::const_buffer from, asio::error_code& failed) { return tls_ ? write_some_tls({&from, 1}, failed) : tcp_.write_some(from, failed); }
  std::size_t read_some(asio::mutable_buffer into, asio::error_code& failed) { return tls_ ? read_some_tls(into, failed) : tcp_.read_some(into, failed); }
  /// All of it; `from` outlives the call.
  template <std::size_t N>
  Task<Outcome> write(const std::array<asio::const_buffer, N>& from) {
    if (tls_) return write_tls(from);
    return asio::async_write(tcp_, from, kTuple);
  }
  Task<Outcome> read(asio::mutable_buffer into) {
    if (tls_) return read_tls(into);
    return tcp_.async_read_some(into, kTuple);
  }
  /// Calls `handler(error)` once there is something to read, never before this returns.
  template <class Handler>
  void on_readable(Handler handler) {
    if (tls_ && tls_->has_unread()) return asio::post(tcp_.get_executor(), [handler = std::move(handler)]() mutable { handler(asio::error_code{}); });
    tcp_.async_wait(Tcp::wait_read, std::move(handler));
  }
  /// The end of an orderly conversation: over TLS the peer is told.
  void say_goodbye() {
    if (tls_) tls_->say_goodbye();
  }

 private:
  std::size_t write_some_tls(std::span<const asio::const_buffer> from, asio::error_code& failed);
  std::size_t read_some_tls(asio::mutable_buffer into, asio::error_code& failed);
  Task<Outcome> write_tls(std::span<const asio::const_buffer> from);
  Task<Outcome> read_tls(asio::mutable_buffer into);
  Task<asio::error_code> wait_for(TlsSession::Want want);

  Tcp tcp_;
  std::unique_ptr<TlsSession> tls_;
};

}  // namespace engine::net
