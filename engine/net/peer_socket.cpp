#include "engine/net/peer_socket.h"

#include <algorithm>
#include <vector>

namespace engine::net {

using Woken = Readiness::Woken;

Task<Woken> PeerSocket::after_the_others() {
  co_await asio::post(asio::use_awaitable);
  co_return Woken::kReady;
}

Task<Woken> PeerSocket::until_wanted() {
  if (want_ == Want::kNothing) return after_the_others();
  return want_ == Want::kWritable ? socket_.until_writable() : socket_.until_readable();
}

Task<asio::error_code> PeerSocket::shake_hands() {
  for (;;) {
    const auto step = tls_->shake_hands();
    if (step.failed) co_return step.failed;
    if (step.want == Want::kNothing) co_return asio::error_code{};
    want_ = step.want;
    const auto woken = co_await until_wanted();
    if (woken == Woken::kCancelled) co_return asio::error_code(asio::error::operation_aborted);
  }
}

std::size_t PeerSocket::take(const TlsSession::Step& step, asio::error_code& failed) {
  want_ = step.want;
  failed = step.failed;
  if (!failed && step.bytes == 0) failed = asio::error::would_block;
  return step.bytes;
}

std::size_t PeerSocket::read_some(asio::mutable_buffer into, asio::error_code& failed) {
  if (tls_) return take(tls_->read(into), failed);
  want_ = Want::kReadable;
  return socket_.read_some(into, failed);
}

std::size_t PeerSocket::write_some(std::span<const asio::const_buffer> from, asio::error_code& failed) {
  if (tls_) return take(tls_->write(from), failed);
  want_ = Want::kWritable;
  return socket_.write_some(from, failed);
}

Task<PeerSocket::Outcome> PeerSocket::write(std::span<const asio::const_buffer> from) {
  std::vector<asio::const_buffer> rest(from.begin(), from.end());
  for (std::size_t all = 0;;) {
    std::erase_if(rest, [](const asio::const_buffer& buffer) { return buffer.size() == 0; });
    if (rest.empty()) co_return Outcome{asio::error_code{}, all};
    asio::error_code failed;
    auto sent = write_some(rest, failed);
    all += sent;
    for (auto& buffer : rest) {
      const auto of_this = std::min(sent, buffer.size());
      buffer += of_this;
      sent -= of_this;
    }
    if (failed && failed != asio::error::would_block) co_return Outcome{failed, all};
    if (!failed && !tls_) continue;
    const auto woken = co_await until_wanted();
    if (woken == Woken::kCancelled) co_return Outcome{asio::error::operation_aborted, all};
  }
}

Task<PeerSocket::Outcome> PeerSocket::read(asio::mutable_buffer into) {
  for (bool waited = false;;) {
    asio::error_code failed;
    const auto n = read_some(into, failed);
    if (failed != asio::error::would_block) {
      if (!waited) co_await asio::post(asio::use_awaitable);
      co_return Outcome{failed, n};
    }
    const auto woken = co_await until_wanted();
    if (woken == Woken::kCancelled) co_return Outcome{asio::error::operation_aborted, 0};
    waited = true;
  }
}

void PeerSocket::on_readable(std::function<void()> notice) {
  socket_.on_readable(std::move(notice), tls_ && tls_->has_unread());
}

}  // namespace engine::net
