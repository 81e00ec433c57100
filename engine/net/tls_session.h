#pragma once
// TLS over one connected socket, of either side, without waiting: every call does what can be done now and says what it would need to go on.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/net/tls_identity.h"
#include "engine/runtime/asio.h"

struct ssl_st;
struct ssl_ctx_st;

namespace engine::net {

class ReadySocket;

/// Belongs to the socket's loop. Nothing here blocks where the socket does not.
class TlsSession {
 public:
  enum class Want : unsigned char { kNothing, kReadable, kWritable };
  struct Step {
    std::size_t bytes = 0;
    Want want = Want::kNothing;   ///< what the socket must be before the next try; bytes may have moved all the same
    asio::error_code failed{};    ///< eof: the peer has said goodbye
  };

  /// `socket` outlives the session. `now` judges client certificates. nullptr: no memory.
  static std::unique_ptr<TlsSession> accept(const TlsIdentity& identity, ReadySocket& socket, WallTime now);
  /// The client's side: asks for `host`, a name or an address, and verifies that the certificate is its own and is issued by an authority of `context`.
  /// nullptr: no memory.
  static std::unique_ptr<TlsSession> connect(ssl_ctx_st* context, ReadySocket& socket, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Done where it wants nothing and has not failed.
  Step shake_hands();
  Step read(asio::mutable_buffer into);
  /// As much as the socket takes, at most 256 KiB. Small buffers share a record. After kWritable the next call begins with the same bytes.
  Step write(std::span<const asio::const_buffer> from);
  /// Decrypted bytes that read() gives without the socket.
  bool has_unread() const;
  /// Nothing of the peer's lies here, whole or in part, decrypted or not.
  bool empty() const;
  /// Nothing is to be sent or read for a while: gives back buffers that OpenSSL keeps although it was told not to (a session ticket that is read leaves
  /// one of 16 KiB to write with).
  void rest();
  /// Whether buffers that are empty stay until rest() (34 KB), or else go at once.
  void keep_buffers(bool keep);
  /// Tells the peer that nothing more comes, where the socket takes it now; without it a peer cannot tell an end from a cut. Once.
  void say_goodbye();

  /// By ALPN, once hands are shaken; empty: the question was left open.
  std::string_view agreed_protocol() const;
  /// The peer's first bytes were a plain HTTP request; nothing has been sent.
  bool heard_plain_http() const { return heard_plain_http_; }
  /// After a failure: why, for logs.
  const std::string& why() const { return why_; }

 private:
  explicit TlsSession(ssl_st* ssl) : ssl_(ssl) {}
  static std::unique_ptr<TlsSession> over(ReadySocket& socket, ssl_ctx_st* context);
  Step judge(int result);

  ssl_st* ssl_;
  std::string why_;
  bool broken_ = false;       // OpenSSL wants no further call
  bool write_pending_ = false;
  bool said_goodbye_ = false;
  bool heard_plain_http_ = false;
};

}  // namespace engine::net
