#pragma once
// A connected socket of the server's, plain or under TLS.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>

#include "engine/net/ready_socket.h"
#include "engine/net/tls_session.h"
#include "engine/runtime/asio.h"

namespace engine::net {

/// Belongs to one loop, that of its Readiness. Stays where it is.
class PeerSocket {
 public:
  using Outcome = std::tuple<asio::error_code, std::size_t>;

  /// Takes the descriptor.
  PeerSocket(std::shared_ptr<Readiness> set, int descriptor) : socket_(std::move(set), descriptor) {}

  /// False after close(), and where the system had no room for one more.
  bool open() const { return socket_.open(); }
  bool secured() const { return tls_ != nullptr; }
  /// From here on bytes are encrypted. False: no memory.
  bool secure(const TlsIdentity& identity, WallTime now) {
    tls_ = TlsSession::accept(identity, socket_, now);
    return secured();
  }
  Task<asio::error_code> shake_hands();
  bool heard_plain_http() const { return tls_ && tls_->heard_plain_http(); }
  const std::string& why() const { return tls_->why(); }
  /// For one last word to who never spoke TLS.
  void speak_plainly() { tls_.reset(); }

  /// What goes without waiting; would_block where nothing does: until_wanted().
  std::size_t read_some(asio::mutable_buffer into, asio::error_code& failed);
  std::size_t write_some(std::span<const asio::const_buffer> from, asio::error_code& failed);
  /// One buffer costs the kernel less than a list of one.
  std::size_t write_some(asio::const_buffer from, asio::error_code& failed) { return write_some(std::span<const asio::const_buffer>(&from, 1), failed); }
  /// Until the last call, which would have blocked, can go on. kCancelled: it was closed, woken or cancelled.
  Task<Readiness::Woken> until_wanted();

  /// All of it; `from` and what it names outlive the call. operation_aborted: closed, woken or cancelled.
  Task<Outcome> write(std::span<const asio::const_buffer> from);
  /// At least one byte. A peer that is always ahead does not keep the loop.
  Task<Outcome> read(asio::mutable_buffer into);
  /// Calls `notice` once there is something to read or the peer has ended, never before this returns; not at all where it is closed before. One at a time.
  void on_readable(std::function<void()> notice);

  /// Who waits to read or write goes on, with kCancelled.
  void wake() { socket_.wake(); }
  /// The end of an orderly conversation: over TLS the peer is told.
  void say_goodbye() {
    if (tls_) tls_->say_goodbye();
  }
  /// The peer sees the end of what it is sent.
  void end_sending() { socket_.end_sending(); }
  void close() { socket_.close(); }

 private:
  using Want = TlsSession::Want;
  std::size_t take(const TlsSession::Step& step, asio::error_code& failed);
  static Task<Readiness::Woken> after_the_others();

  ReadySocket socket_;
  std::unique_ptr<TlsSession> tls_;
  Want want_ = Want::kReadable;  // of the last call
};

}  // namespace engine::net
