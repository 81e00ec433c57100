#include "tests/support/cutting_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace test {
namespace {

constexpr int kLook = 20;  // milliseconds between looks at what other threads want

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void close_socket(int& socket, bool reset) {
  if (socket < 0) return;
  const linger at_once{1, 0};
  if (reset) ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket);
  socket = -1;
}

bool send_all(int socket, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

struct CuttingProxy::Pair {
  int client = -1, server = -1;
  std::optional<Fault> fault;
  std::uint64_t to_server = 0, to_client = 0;
  bool silent = false;

  void close(bool reset = false) {
    close_socket(client, reset);
    close_socket(server, reset);
  }
  bool over() const { return client < 0 && server < 0; }
};

CuttingProxy::CuttingProxy(std::uint16_t server_port, Plan plan) : server_port_(server_port), plan_(std::move(plan)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::fprintf(stderr, "proxy: cannot listen\n");
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

CuttingProxy::~CuttingProxy() {
  stop_ = true;
  thread_.join();
  for (auto& pair : pairs_) pair->close();
  ::close(listener_);
}

void CuttingProxy::accept_one() {
  auto pair = std::make_unique<Pair>();
  pair->client = ::accept(listener_, nullptr, nullptr);
  if (pair->client < 0) return;
  pair->server = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(server_port_);
  if (::connect(pair->server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return pair->close();
  pair->fault = plan_();
  pairs_.push_back(std::move(pair));
}

/// Takes what has arrived on one side to the other, as far as the connection goes.
void CuttingProxy::pass(Pair& pair, bool to_server) {
  std::array<char, 16384> bytes{};
  const auto got = ::recv(to_server ? pair.client : pair.server, bytes.data(), bytes.size(), 0);
  if (pair.silent && got > 0) return;
  if (pair.silent) return close_socket(to_server ? pair.client : pair.server, false);  // the other side goes on waiting
  if (got <= 0) return pair.close();
  auto& passed = to_server ? pair.to_server : pair.to_client;
  auto size = static_cast<std::size_t>(got);
  const bool watched = pair.fault && (pair.fault->way == Fault::Way::kToServer) == to_server;
  if (watched) size = std::min<std::uint64_t>(size, pair.fault->after_bytes - passed);
  if (!send_all(to_server ? pair.server : pair.client, bytes.data(), size)) return pair.close();
  passed += size;
  if (!watched || passed < pair.fault->after_bytes) return;
  pair.close(pair.fault->reset);
  ++ended_;
}

void CuttingProxy::run() {
  while (!stop_) {
    if (close_all_.exchange(false)) {
      for (auto& pair : pairs_) pair->close();
    }
    if (silence_all_.exchange(false)) {
      for (auto& pair : pairs_) pair->silent = true;
    }
    std::erase_if(pairs_, [](const auto& pair) { return pair->over(); });
    std::vector<pollfd> waited{{listener_, POLLIN, 0}};
    for (const auto& pair : pairs_) {
      waited.push_back({pair->client, POLLIN, 0});
      waited.push_back({pair->server, POLLIN, 0});
    }
    if (::poll(waited.data(), waited.size(), kLook) <= 0) continue;
    for (std::size_t i = 0; i < (waited.size() - 1) / 2; ++i) {
      Pair& pair = *pairs_[i];
      if (waited[2 * i + 1].revents && pair.client >= 0) pass(pair, true);
      if (waited[2 * i + 2].revents && pair.server >= 0) pass(pair, false);
    }
    if (waited[0].revents) accept_one();
  }
}

}  // namespace test
