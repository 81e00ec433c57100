#include "engine/net/wire.h"

#include <sys/socket.h>

#include <array>

namespace engine::net {

Task<Result<void>> Wire::secure(ssl_ctx_st* context) {
  const std::string name = key.host.ends_with('.') ? key.host.substr(0, key.host.size() - 1) : key.host;  // certificates and SNI know no final dot
  if (!socket_.secure(context, name)) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": no memory");
  const auto refused = co_await socket_.shake_hands();
  if (refused == asio::error::operation_aborted) co_return fail(Errc::kCancelled, "tls handshake cancelled");
  if (refused) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": " + (socket_.why().empty() ? refused.message() : socket_.why()));
  // A server may leave the question of the protocol open; it may not choose what nobody offered.
  if (const auto agreed = socket_.agreed_protocol(); !agreed.empty() && agreed != "http/1.1") {
    co_return fail(Errc::kUnavailable, "tls to " + key.host + ": it wants another protocol than http/1.1");
  }
  co_return ok();
}

std::optional<asio::error_code> Wire::write_now(std::string_view head_bytes, std::string_view body) {
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
  const auto [failed, n] = co_await socket_.write(out);
  (void)n;
  co_return failed;
}

Task<asio::error_code> Wire::read() {
  const auto room = in.room(kWireReadBytes);
  const auto [failed, n] = co_await socket_.read(asio::buffer(room.data, room.size));
  in.commit(n);
  co_return failed;
}

void Wire::expire() {
  asio::error_code ignored;
  expired_ = true;
  socket_.tcp().close(ignored);
}

bool Wire::disturbed() {
  char byte;
  const auto n = ::recv(socket_.tcp().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace engine::net
