#include "engine/net/ready_socket.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace engine::net {
namespace {

asio::error_code last_error() { return {errno, asio::error::get_system_category()}; }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

// The library's recv() and send() are points of cancellation: two locked instructions each, in a program of several threads that cancels none.
ssize_t receive(int descriptor, void* into, std::size_t size) { return ::syscall(SYS_recvfrom, descriptor, into, size, MSG_DONTWAIT, nullptr, nullptr); }
ssize_t send(int descriptor, const void* from, std::size_t size) {
  return ::syscall(SYS_sendto, descriptor, from, size, MSG_DONTWAIT | MSG_NOSIGNAL, nullptr, std::size_t{0});
}

template <class Call>
ssize_t uninterrupted(const Call& call) {
  for (;;) {
    const ssize_t n = call();
    if (n >= 0 || errno != EINTR) return n;
  }
}

}  // namespace

// Whether there is any use in asking the kernel.
bool ReadySocket::may(bool ready, asio::error_code& failed) const {
  failed = {};
  if (!open()) {
    failed = asio::error::bad_descriptor;
  } else if (!ready) {
    failed = asio::error::would_block;
  }
  return !failed;
}

std::size_t ReadySocket::read_some(asio::mutable_buffer into, asio::error_code& failed) {
  if (!may(watched_.readable(), failed) || into.size() == 0) return 0;
  const auto n = uninterrupted([&] { return receive(descriptor_, into.data(), into.size()); });
  if (n > 0) {
    if (static_cast<std::size_t>(n) < into.size()) watched_.read_all();
    return static_cast<std::size_t>(n);
  }
  failed = n == 0 ? asio::error_code(asio::error::eof) : last_error();
  if (n < 0 && would_block()) watched_.read_all();
  return 0;
}

std::size_t ReadySocket::wrote(ssize_t n, asio::error_code& failed) {
  if (n >= 0) return static_cast<std::size_t>(n);
  failed = last_error();
  if (would_block()) watched_.filled();
  return 0;
}

std::size_t ReadySocket::write_some(asio::const_buffer from, asio::error_code& failed) {
  if (!may(watched_.writable(), failed) || from.size() == 0) return 0;
  return wrote(uninterrupted([&] { return send(descriptor_, from.data(), from.size()); }), failed);
}

std::size_t ReadySocket::write_some(std::span<const asio::const_buffer> from, asio::error_code& failed) {
  std::array<iovec, 8> pieces{};
  const auto count = std::min(from.size(), pieces.size());
  if (count == 1) return write_some(from.front(), failed);  // costs the kernel less than a list of one
  if (!may(watched_.writable(), failed)) return 0;
  for (std::size_t i = 0; i < count; ++i) pieces[i] = {const_cast<void*>(from[i].data()), from[i].size()};
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  return wrote(uninterrupted([&] { return ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL); }), failed);
}

bool ReadySocket::disturbed() const {
  char byte;
  const auto n = uninterrupted([&] { return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT); });
  return n >= 0 || !would_block();
}

void ReadySocket::end_sending() {
  if (descriptor_ >= 0) ::shutdown(descriptor_, SHUT_WR);
}

void ReadySocket::close() {
  watched_.close();
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace engine::net
