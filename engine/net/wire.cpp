#include "engine/net/wire.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>

namespace engine::net {
namespace {

std::string tls_reason(const asio::error_code& failed, asio::ssl::stream<asio::ip::tcp::socket>& stream) {
  const long verdict = SSL_get_verify_result(stream.native_handle());
  if (verdict != X509_V_OK) return std::string("certificate refused: ") + X509_verify_cert_error_string(verdict);
  return failed.message();
}

// A server may leave the question of the protocol open; it may not choose what nobody offered.
bool agrees_on_http(SSL* session) {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session, &chosen, &size);
  return size == 0 || std::string_view(reinterpret_cast<const char*>(chosen), size) == "http/1.1";
}

}  // namespace

Task<Result<void>> Wire::secure(asio::ssl::context& context) {
  const std::string name = key.host.ends_with('.') ? key.host.substr(0, key.host.size() - 1) : key.host;  // certificates and SNI know no final dot
  tls_ = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket>>(std::move(socket_), context);
  asio::error_code failed;
  tls_->set_verify_mode(asio::ssl::verify_peer, failed);
  if (!failed) tls_->set_verify_callback(asio::ssl::host_name_verification(name), failed);
  asio::error_code not_numeric;
  asio::ip::make_address(name, not_numeric);
  if (!failed && not_numeric && SSL_set_tlsext_host_name(tls_->native_handle(), name.c_str()) != 1) failed = asio::error::no_memory;
  if (failed) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": " + failed.message());
  const auto [refused] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kTuple);
  if (refused == asio::error::operation_aborted) co_return fail(Errc::kCancelled, "tls handshake cancelled");
  if (refused) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": " + tls_reason(refused, *tls_));
  if (!agrees_on_http(tls_->native_handle())) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": it wants another protocol than http/1.1");
  co_return ok();
}

std::optional<asio::error_code> Wire::write_now(std::string_view head_bytes, std::string_view body) {
  sent_ = 0;
  if (tls_) return std::nullopt;
  asio::error_code failed;
  if (body.empty()) {
    sent_ = socket_.write_some(asio::buffer(head_bytes), failed);
  } else {
    const std::array<asio::const_buffer, 2> out{asio::buffer(head_bytes), asio::buffer(body)};
    sent_ = socket_.write_some(out, failed);
  }
  if (sent_ == head_bytes.size() + body.size()) return asio::error_code{};
  if (failed && failed != asio::error::would_block && failed != asio::error::try_again) return failed;
  return std::nullopt;
}

Task<asio::error_code> Wire::write_rest(std::string_view head_bytes, std::string_view body) {
  const auto of_head = std::min(sent_, head_bytes.size());
  const std::array<asio::const_buffer, 2> out{asio::buffer(head_bytes) + of_head, asio::buffer(body) + (sent_ - of_head)};
  if (tls_) {
    const auto [failed, n] = co_await asio::async_write(*tls_, out, kTuple);
    (void)n;
    co_return failed;
  }
  const auto [failed, n] = co_await asio::async_write(socket_, out, kTuple);
  (void)n;
  co_return failed;
}

Task<asio::error_code> Wire::read() {
  const auto room = in.room(kWireReadBytes);
  const auto buffer = asio::buffer(room.data, room.size);
  asio::error_code failed;
  if (tls_) {
    const auto [ended, n] = co_await tls_->async_read_some(buffer, kTuple);
    in.commit(n);
    failed = ended == asio::ssl::error::stream_truncated ? asio::error_code(asio::error::eof) : ended;
  } else {
    const auto [ended, n] = co_await socket_.async_read_some(buffer, kTuple);
    in.commit(n);
    failed = ended;
  }
  co_return failed;
}

void Wire::expire() {
  asio::error_code ignored;
  expired_ = true;
  lowest().close(ignored);
}

bool Wire::disturbed() {
  char byte;
  const auto n = ::recv(lowest().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace engine::net
