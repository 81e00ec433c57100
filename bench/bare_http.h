#pragma once
// The ceilings: the least code that does the same exchange over epoll and keep-alive connections. No error handling beyond ending.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bench {

/// A listening socket on 127.0.0.1 with a free port.
struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
};
Listener listen_loopback();

/// Serves forever: for each complete request (head and Content-Length body) sends what `answer` gives.
/// `answer` must return bytes that live until its next call.
void serve_bare(int listen_fd, const std::function<std::string_view(std::string_view request)>& answer);

/// `count` exchanges of the same request over `connections` keep-alive connections, each waiting for its answer before its next request.
/// Returns the bytes of the answers; ends the process with a message where a peer fails.
std::size_t exchange_bare(std::uint16_t port, std::string_view request, std::size_t count, std::size_t connections);

}  // namespace bench
