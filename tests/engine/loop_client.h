#pragma once
// A client for a server whose loop the test turns itself.

#include <memory>
#include <string>
#include <string_view>

#include "engine/runtime/asio.h"

namespace test {

// A client that never blocks: the test is the only thread and turns the server's loop itself.
class Client {
 public:
  Client(asio::io_context& server, std::uint16_t port) : server_(server), socket_(*own_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.non_blocking(true);
  }
  void send(std::string_view bytes) {
    while (!bytes.empty() && !closed) {
      asio::error_code failed;
      const auto n = socket_.write_some(asio::buffer(bytes), failed);
      bytes.remove_prefix(n);
      if (failed && failed != asio::error::would_block) return;
      look();
    }
  }
  /// What the system takes without waiting, the server not being asked to read.
  std::size_t push(std::string_view bytes) {
    asio::error_code failed;
    return socket_.write_some(asio::buffer(bytes), failed);
  }
  void close() { socket_.close(); }
  void half_close() {
    asio::error_code gone_already;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, gone_already);
  }
  /// Turns the loop until what was received satisfies `enough`.
  template <class Enough>
  const std::string& wait(Enough enough) {
    while (!enough()) look();
    return received;
  }
  const std::string& until(std::string_view text) {
    return wait([&] { return received.find(text) != std::string::npos || closed; });
  }
  const std::string& until_closed() {
    return wait([&] { return closed; });
  }
  std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (auto at = received.find(text); at != std::string::npos; at = received.find(text, at + 1)) ++n;
    return n;
  }
  void look() {
    server_.restart();
    server_.poll();
    char block[65536];
    asio::error_code failed;
    const auto n = socket_.read_some(asio::buffer(block), failed);
    received.append(block, n);
    closed = closed || (failed && failed != asio::error::would_block);
  }
  std::string received;
  bool closed = false;

 private:
  asio::io_context& server_;
  std::unique_ptr<asio::io_context> own_ = std::make_unique<asio::io_context>();
  asio::ip::tcp::socket socket_;
};

}  // namespace test
