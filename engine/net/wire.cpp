#include "engine/net/wire.h"

#include <algorithm>
#include <array>

namespace engine::net {

Task<Result<void>> Wire::secure(ssl_ctx_st* context) {
  const std::string name = key.host.ends_with('.') ? key.host.substr(0, key.host.size() - 1) : key.host;  // certificates and SNI know no final dot
  tls_ = TlsSession::connect(context, socket_, name);
  if (!tls_) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": no memory");
  for (;;) {
    const auto step = tls_->shake_hands();
    if (step.failed) co_return fail(Errc::kUnavailable, "tls to " + key.host + ": " + (tls_->why().empty() ? step.failed.message() : tls_->why()));
    want_ = step.want;
    if (want_ == Want::kNothing) break;
    const auto woken = co_await until_wanted();
    if (woken == Readiness::Woken::kCancelled) co_return fail(Errc::kCancelled, "tls handshake cancelled");
  }
  // A server may leave the question of the protocol open; it may not choose what nobody offered.
  if (const auto agreed = tls_->agreed_protocol(); !agreed.empty() && agreed != "http/1.1") {
    co_return fail(Errc::kUnavailable, "tls to " + key.host + ": it wants another protocol than http/1.1");
  }
  co_return ok();
}

// What it takes now of what is not sent.
asio::error_code Wire::write_more(std::string_view head_bytes, std::string_view body) {
  const auto of_head = std::min(sent_, head_bytes.size());
  const std::array<asio::const_buffer, 2> both{asio::buffer(head_bytes) + of_head, asio::buffer(body) + (sent_ - of_head)};
  std::span<const asio::const_buffer> rest(both);
  if (both[0].size() == 0) rest = rest.subspan(1);
  else if (both[1].size() == 0) rest = rest.first(1);
  if (tls_) {
    const auto step = tls_->write(rest);
    sent_ += step.bytes;
    want_ = step.want;
    return step.failed;
  }
  asio::error_code failed;
  sent_ += socket_.write_some(rest, failed);
  want_ = Want::kWritable;
  return failed == asio::error::would_block ? asio::error_code{} : failed;
}

std::optional<asio::error_code> Wire::write_now(std::string_view head_bytes, std::string_view body) {
  sent_ = 0;
  const auto failed = write_more(head_bytes, body);
  if (failed || sent_ == head_bytes.size() + body.size()) return failed;
  return std::nullopt;
}

Task<asio::error_code> Wire::write_rest(std::string_view head_bytes, std::string_view body) {
  while (sent_ < head_bytes.size() + body.size()) {
    if (want_ == Want::kNothing) {  // it could go on: not before the others of this loop
      co_await asio::post(asio::use_awaitable);
    } else {
      const auto woken = co_await until_wanted();
      if (woken == Readiness::Woken::kCancelled) co_return asio::error_code(asio::error::operation_aborted);
    }
    if (const auto failed = write_more(head_bytes, body)) co_return failed;
  }
  co_return asio::error_code{};
}

asio::error_code Wire::read_now() {
  const auto room = in.room(kWireReadBytes);
  const auto into = asio::buffer(room.data, room.size);
  if (!tls_) {
    asio::error_code failed;
    in.commit(socket_.read_some(into, failed));
    want_ = Want::kReadable;
    return failed;
  }
  if (!socket_.readable() && want_ != Want::kWritable && tls_->empty()) {  // spares OpenSSL the walk to the socket, and a buffer for it
    want_ = Want::kReadable;
    return asio::error::would_block;
  }
  const auto step = tls_->read(into);
  in.commit(step.bytes);
  want_ = step.want;
  if (!step.failed && step.bytes == 0) return asio::error::would_block;
  return step.failed;
}

void Wire::stay_awake(std::size_t& awake) {
  if (!tls_ || awake_) return;
  awake_.emplace(awake);
  tls_->keep_buffers(true);
}

void Wire::pause() {
  in.settle(4096);
  if (tls_ && !awake_) tls_->rest();
}

void Wire::rest() {
  in.settle(4096);
  if (!tls_) return;
  tls_->keep_buffers(false);
  tls_->rest();
  awake_.reset();
}

void Wire::expire() {
  expired_ = true;
  socket_.close();
}

}  // namespace engine::net
