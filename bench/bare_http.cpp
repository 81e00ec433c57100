#include "bench/bare_http.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "bench/harness.h"

namespace bench {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::fflush(nullptr);
  _exit(1);  // often in a forked child: what the parent opened is not the child's to close
}

void no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void watch(int epoll, int fd, std::uint64_t tag) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = tag;
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

struct Connection {
  int fd = -1;
  std::string in;
};

// Reads what is there; false at the end.
bool fill(Connection& connection) {
  char block[65536];
  const auto n = read(connection.fd, block, sizeof block);
  if (n <= 0) return false;
  connection.in.append(block, static_cast<std::size_t>(n));
  return true;
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = write(fd, bytes.data(), bytes.size());
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace

int connect_loopback(std::uint16_t port) {
  const auto address = loopback(port);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("connect");
  no_delay(fd);
  return fd;
}

std::size_t message_size(std::string_view bytes) {
  const auto head = bytes.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  std::size_t body = 0;
  auto at = bytes.substr(0, head).find("ontent-Length: ");
  if (at == std::string_view::npos) at = bytes.substr(0, head).find("ontent-length: ");
  if (at != std::string_view::npos) std::from_chars(bytes.data() + at + 15, bytes.data() + head, body);
  const auto size = head + 4 + body;
  return bytes.size() >= size ? size : 0;
}

Listener listen_loopback() {
  Listener listener;
  listener.fd = socket(AF_INET, SOCK_STREAM, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener.fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener.fd, 1024) != 0) give_up("listen");
  getsockname(listener.fd, reinterpret_cast<sockaddr*>(&address), &size);
  listener.port = ntohs(address.sin_port);
  return listener;
}

void serve_bare(int listen_fd, const std::function<std::string_view(std::string_view request)>& answer, Wait wait) {
  const int epoll = epoll_create1(0);
  watch(epoll, listen_fd, ~0ull);
  std::vector<Connection> connections;
  for (epoll_event events[64];;) {
    const int n = epoll_wait(epoll, events, 64, wait == Wait::kSpin ? 0 : -1);
    for (int i = 0; i < n; ++i) {
      if (events[i].data.u64 == ~0ull) {
        const int fd = accept(listen_fd, nullptr, nullptr);
        no_delay(fd);
        connections.push_back({fd, {}});
        watch(epoll, fd, connections.size() - 1);
        continue;
      }
      auto& connection = connections[events[i].data.u64];
      if (!fill(connection)) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, connection.fd, nullptr);  // closing is not enough: a child forked since may hold it open, and its number is used again
        close(connection.fd);
        continue;
      }
      while (const auto size = message_size(connection.in)) {
        send_all(connection.fd, answer(std::string_view(connection.in).substr(0, size)));
        connection.in.erase(0, size);
      }
    }
  }
}

std::size_t exchange_bare(std::uint16_t port, std::string_view request, std::size_t count, std::size_t connections, Wait wait) {
  return exchange_bare(port, [request] { return request; }, count, connections, wait);
}

std::size_t exchange_bare(std::uint16_t port, const std::function<std::string_view()>& next, std::size_t count, std::size_t connections, Wait wait) {
  const int epoll = epoll_create1(0);
  std::vector<Connection> all(connections);
  for (std::size_t i = 0; i < connections; ++i) {
    all[i].fd = connect_loopback(port);
    watch(epoll, all[i].fd, i);
  }
  std::size_t sent = 0, done = 0, bytes = 0;
  for (; sent < connections && sent < count; ++sent) send_all(all[sent].fd, next());
  double last = now_seconds();
  while (done < count) {
    epoll_event events[64];
    const int n = epoll_wait(epoll, events, 64, wait == Wait::kSpin ? 0 : 10'000);
    if (n > 0) last = now_seconds();
    if (n <= 0 && now_seconds() - last > 9) give_up("no answer within 9 s");
    for (int i = 0; i < n; ++i) {
      auto& connection = all[events[i].data.u64];
      if (!fill(connection)) give_up("the peer closed");
      const auto size = message_size(connection.in);
      if (!size) continue;
      if (!connection.in.starts_with("HTTP/1.1 200 ")) give_up(connection.in.substr(0, 200).c_str());
      bytes += size;
      connection.in.erase(0, size);
      ++done;
      if (sent < count) {
        ++sent;
        send_all(connection.fd, next());
      }
    }
  }
  for (auto& connection : all) close(connection.fd);
  close(epoll);
  return bytes;
}

BarePoster::BarePoster(std::uint16_t port, std::size_t connections) {
  for (std::size_t i = 0; i < connections; ++i) sockets_.push_back(connect_loopback(port));
}

BarePoster::~BarePoster() {
  for (const int fd : sockets_) close(fd);
}

void BarePoster::post_on_each(std::string_view request) {
  for (const int fd : sockets_) send_all(fd, request);
  for (const int fd : sockets_) {
    Connection answer{fd, {}};
    while (!message_size(answer.in)) {
      if (!fill(answer)) give_up("the receiver closed");
    }
  }
}

}  // namespace bench
