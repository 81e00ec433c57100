#pragma once
// The ceilings: the least code that does the same exchange over epoll and keep-alive connections. No error handling beyond ending.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A listening socket on 127.0.0.1 with a free port.
struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
};
Listener listen_loopback();

/// How the peer of what is measured waits. Spinning keeps its wake-ups, which a receiver on another machine would pay itself, out of the sender's
/// CPU time: a sleeping peer makes whoever is slower pay more of them, so it would distort the ratio.
enum class Wait { kSleep, kSpin };

/// Connected to 127.0.0.1, without Nagle's delay; ends the process where it fails.
int connect_loopback(std::uint16_t port);
/// Bytes of the first whole message in `bytes` (head and Content-Length body), 0 where it is not all there.
std::size_t message_size(std::string_view bytes);

/// Serves forever: for each complete request (head and Content-Length body) sends what `answer` gives.
/// `answer` must return bytes that live until its next call.
void serve_bare(int listen_fd, const std::function<std::string_view(std::string_view request)>& answer, Wait wait = Wait::kSleep);

/// `count` exchanges of the same request over `connections` keep-alive connections, each waiting for its answer before its next request.
/// Returns the bytes of the answers; ends the process with a message where a peer fails or answers other than 200.
std::size_t exchange_bare(std::uint16_t port, std::string_view request, std::size_t count, std::size_t connections, Wait wait = Wait::kSleep);
/// The same with another request each time; what `next` gives lives until its next call.
std::size_t exchange_bare(std::uint16_t port, const std::function<std::string_view()>& next, std::size_t count, std::size_t connections, Wait wait = Wait::kSleep);

/// Keep-alive connections to 127.0.0.1, all used at once. Blocking.
class BarePoster {
 public:
  BarePoster(std::uint16_t port, std::size_t connections);
  ~BarePoster();
  /// Sends `request` on every connection, then reads every answer.
  void post_on_each(std::string_view request);

 private:
  std::vector<int> sockets_;
};

}  // namespace bench
