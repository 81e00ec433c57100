#include "engine/net/peer_socket.h"

#include <vector>

namespace engine::net {

namespace {

asio::error_code error_now(const TlsSession::Step& step) {
  if (step.failed) return step.failed;
  if (step.bytes == 0 && step.want != TlsSession::Want::kNothing) return asio::error::would_block;
  return {};
}

}  // namespace

Task<asio::error_code> PeerSocket::wait_for(TlsSession::Want want) {
  if (want == TlsSession::Want::kNothing) {  // it could go on: not before the others of this loop
    co_await asio::post(asio::use_awaitable);
    co_return asio::error_code{};
  }
  const auto [failed] = co_await tcp_.async_wait(want == TlsSession::Want::kReadable ? Tcp::wait_read : Tcp::wait_write, kTuple);
  co_return failed;
}

Task<asio::error_code> PeerSocket::shake_hands() {
  for (;;) {
    const auto step = tls_->shake_hands();
    if (step.failed) co_return step.failed;
    if (step.want == TlsSession::Want::kNothing) co_return asio::error_code{};
    if (const auto failed = co_await wait_for(step.want)) co_return failed;
  }
}

std::size_t PeerSocket::write_some_tls(std::span<const asio::const_buffer> from, asio::error_code& failed) {
  const auto step = tls_->write(from);
  failed = error_now(step);
  return step.bytes;
}

std::size_t PeerSocket::read_some_tls(asio::mutable_buffer into, asio::error_code& failed) {
  const auto step = tls_->read(into);
  failed = error_now(step);
  return step.bytes;
}

Task<PeerSocket::Outcome> PeerSocket::write_tls(std::span<const asio::const_buffer> from) {
  std::vector<asio::const_buffer> rest(from.begin(), from.end());
  std::size_t all = 0;
  for (;;) {
    const auto step = tls_->write(rest);
    all += step.bytes;
    auto sent = step.bytes;
    std::size_t left = 0;
    for (auto& buffer : rest) {
      const auto of_this = std::min(sent, buffer.size());
      buffer += of_this;
      sent -= of_this;
      left += buffer.size();
    }
    if (step.failed || left == 0) co_return Outcome{step.failed, all};
    if (const auto failed = co_await wait_for(step.want)) co_return Outcome{failed, all};
  }
}

Task<PeerSocket::Outcome> PeerSocket::read_tls(asio::mutable_buffer into) {
  for (bool waited = false;;) {
    const auto step = tls_->read(into);
    if (step.failed) co_return Outcome{step.failed, 0};
    if (step.bytes > 0) {
      if (!waited) co_await asio::post(asio::use_awaitable);  // a peer that is always ahead does not keep the loop
      co_return Outcome{asio::error_code{}, step.bytes};
    }
    if (const auto failed = co_await wait_for(step.want)) co_return Outcome{failed, 0};
    waited = true;
  }
}

}  // namespace engine::net
