#include "engine/net/tls_session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

#include "engine/crypto/openssl_ptr.h"
#include "engine/net/ready_socket.h"

namespace engine::net {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;     // the most one record carries (RFC 8446 section 5.1)
constexpr std::size_t kWriteBytes = 256 * 1024;     // then others of the loop get their turn

using MethodPtr = crypto::OpensslPtr<BIO_METHOD, BIO_meth_free>;

// What others of this thread left would be taken for this session's. Emptying an empty queue is not for nothing: it walks all its places.
void forget_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

int clamped(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

// OpenSSL's own socket BIO would write without MSG_NOSIGNAL, and to whoever got the descriptor after a close.
int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  asio::error_code failed;
  const auto n = static_cast<ReadySocket*>(BIO_get_data(bio))->write_some(asio::buffer(data, static_cast<std::size_t>(size)), failed);
  if (failed == asio::error::would_block) BIO_set_retry_write(bio);
  return failed ? -1 : static_cast<int>(n);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  asio::error_code failed;
  const auto n = static_cast<ReadySocket*>(BIO_get_data(bio))->read_some(asio::buffer(data, static_cast<std::size_t>(size)), failed);
  if (failed == asio::error::would_block) BIO_set_retry_read(bio);
  if (failed == asio::error::eof) {
    BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
    return 0;
  }
  return failed ? -1 : static_cast<int>(n);
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
  return command == BIO_CTRL_FLUSH;
}

// A table of functions, the same for all sockets.
const BIO_METHOD* socket_method() {
  static const MethodPtr method = [] {
    MethodPtr made(BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "millrace socket"));
    if (!made) return made;
    BIO_meth_set_write(made.get(), bio_write);
    BIO_meth_set_read(made.get(), bio_read);
    BIO_meth_set_ctrl(made.get(), bio_control);
    return made;
  }();
  return method.get();
}

// What is left of `from` behind its first `done` bytes, as far as it goes into the next record: a view where one buffer fills it, else gathered.
std::string_view next_record(std::span<const asio::const_buffer> from, std::size_t done, std::array<char, kRecordBytes>& scratch) {
  std::size_t gathered = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto skipped = std::min(done, from[i].size());
    done -= skipped;
    const std::string_view piece(static_cast<const char*>(from[i].data()) + skipped, from[i].size() - skipped);
    if (gathered == 0 && (piece.size() >= kRecordBytes || (i + 1 == from.size() && !piece.empty()))) return piece.substr(0, kWriteBytes);
    const auto n = std::min(piece.size(), kRecordBytes - gathered);
    if (n > 0) std::memcpy(scratch.data() + gathered, piece.data(), n);
    gathered += n;
  }
  return {scratch.data(), gathered};
}

}  // namespace

std::unique_ptr<TlsSession> TlsSession::over(ReadySocket& socket, SSL_CTX* context) {
  auto* ssl = SSL_new(context);  // it keeps the context alive
  if (!ssl) return nullptr;
  std::unique_ptr<TlsSession> session(new TlsSession(ssl));
  const auto* method = socket_method();
  auto* bio = method ? BIO_new(method) : nullptr;
  if (!bio) return nullptr;
  BIO_set_data(bio, &socket);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl, bio, bio);
  return session;
}

std::unique_ptr<TlsSession> TlsSession::accept(const TlsIdentity& identity, ReadySocket& socket, WallTime now) {
  auto session = over(socket, identity.context());
  if (!session) return nullptr;
  SSL_set_accept_state(session->ssl_);
  X509_VERIFY_PARAM_set_time(SSL_get0_param(session->ssl_), static_cast<std::time_t>(unix_seconds(now)));
  return session;
}

std::unique_ptr<TlsSession> TlsSession::connect(SSL_CTX* context, ReadySocket& socket, const std::string& host) {
  auto session = over(socket, context);
  if (!session) return nullptr;
  auto* ssl = session->ssl_;
  SSL_set_connect_state(ssl);
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  asio::error_code not_numeric;
  asio::ip::make_address(host, not_numeric);
  // SNI carries names only (RFC 6066 section 3).
  const bool set = not_numeric ? SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  return set ? std::move(session) : nullptr;
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

TlsSession::Step TlsSession::judge(int result) {
  if (result > 0) return {static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: return {0, Want::kReadable};
    case SSL_ERROR_WANT_WRITE: return {0, Want::kWritable};
    case SSL_ERROR_ZERO_RETURN: return {0, Want::kNothing, asio::error::eof};
    default: break;
  }
  broken_ = true;
  const auto code = ERR_peek_error();
  heard_plain_http_ = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_HTTP_REQUEST;
  const auto* reason = ERR_reason_error_string(code);
  const auto verdict = SSL_get_verify_result(ssl_);
  why_ = verdict != X509_V_OK ? std::string("certificate refused: ") + X509_verify_cert_error_string(verdict) : reason ? reason : "connection lost";
  ERR_clear_error();
  return {0, Want::kNothing, asio::error::connection_reset};
}

TlsSession::Step TlsSession::shake_hands() {
  forget_errors();
  return judge(SSL_do_handshake(ssl_));
}

TlsSession::Step TlsSession::read(asio::mutable_buffer into) {
  if (broken_) return {0, Want::kNothing, asio::error::connection_reset};
  forget_errors();
  return judge(SSL_read(ssl_, into.data(), clamped(into.size())));
}

TlsSession::Step TlsSession::write(std::span<const asio::const_buffer> from) {
  std::array<char, kRecordBytes> scratch;
  Step all;
  while (all.bytes < kWriteBytes) {
    const auto record = next_record(from, all.bytes, scratch);
    if (record.empty()) return all;
    if (broken_ || said_goodbye_) return {all.bytes, Want::kNothing, asio::error::connection_reset};
    forget_errors();
    const auto step = judge(SSL_write(ssl_, record.data(), clamped(record.size())));
    write_pending_ = step.want != Want::kNothing;
    all.bytes += step.bytes;
    all.want = step.want;
    all.failed = step.failed;
    if (step.bytes == 0) return all;
  }
  return all;
}

std::string_view TlsSession::agreed_protocol() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_, &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

bool TlsSession::has_unread() const { return !broken_ && SSL_pending(ssl_) > 0; }

bool TlsSession::empty() const { return broken_ || SSL_has_pending(ssl_) == 0; }

void TlsSession::keep_buffers(bool keep) {
  if (keep) {
    SSL_clear_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  } else {
    SSL_set_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  }
}

void TlsSession::rest() { SSL_free_buffers(ssl_); }

void TlsSession::say_goodbye() {
  if (broken_ || said_goodbye_ || write_pending_ || !SSL_is_init_finished(ssl_)) return;
  said_goodbye_ = true;
  forget_errors();
  if (SSL_shutdown(ssl_) < 0) broken_ = true;
  forget_errors();
}

}  // namespace engine::net
