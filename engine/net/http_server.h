#pragma once
// An HTTP/1.1 server: hostile bytes in, whole bounded requests to one handler.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/net/http.h"
#include "engine/runtime/loops.h"
#include "engine/runtime/timers.h"

namespace engine::net {

/// Times are checked by a sweep every `sweep`, so each may last up to two sweeps longer.
struct ServerLimits {
  std::size_t head_bytes = 64 * 1024;        ///< request line and headers together; past it 431
  std::size_t target_bytes = 16 * 1024;      ///< path and query; past it 414
  std::size_t header_count = 128;            ///< past it 431
  std::size_t body_bytes = 1024 * 1024;      ///< past it 413
  std::size_t max_connections = 10'000;      ///< over all loops; the next one is told 503 and closed
  unsigned max_pipelined = 32;               ///< requests of one connection answered in a row before others get their turn
  std::chrono::milliseconds idle{60'000};    ///< between two requests
  std::chrono::milliseconds head_timeout{10'000};  ///< first byte of a request to the end of its head
  std::chrono::milliseconds body_timeout{30'000};  ///< end of the head to the end of the body
  std::size_t body_bytes_per_second = 256;   ///< a body that comes more slowly, from its sixth second on, is given up early (408); 0: only body_timeout counts
  std::chrono::milliseconds handshake_timeout{10'000};  ///< TLS, from the connection's first moment
  std::chrono::milliseconds write_timeout{30'000};  ///< the whole response; each piece of a stream
  std::chrono::milliseconds sweep{250};
  std::size_t pipelined_bytes = 16 * 1024;   ///< read ahead behind a request that waits or streams; the rest stays with the peer
};

class TlsListener;
struct ServerShared;
struct ServerShard;

/// Listens on one port with one acceptor per loop (SO_REUSEPORT where there are several); a connection stays on the loop that accepted it.
///
/// Speaks HTTP/1.1 and 1.0 with keep-alive, pipelining, Content-Length and chunked bodies, Expect: 100-continue. HEAD goes to the handler like GET
/// and is answered without the body. Adds Content-Length, Date, Connection and the security headers (security_headers.h) to every answer, also to those
/// that error_body makes. Refuses every framing two parties could read differently.
/// The handler runs on the connection's loop; what it throws becomes a 500. There is no deadline on it: it sets its own.
/// A handler that waits listens to Request::interruption, and a Response with a stream is written as it is made (body_stream.h). Of requests
/// pipelined behind such a one at most `pipelined_bytes` are read.
/// Threads: listen() before Loops::run() or from a loop; stop() from one loop. Outlived by the Loops and by Timers; may be destroyed when stop() has
/// returned or the loops are joined.
class HttpServer {
 public:
  using Limits = ServerLimits;
  using Handler = std::function<Task<Response>(Request&)>;
  /// Makes the answer for what never became a request (400, 408, 413, 414, 417, 431, 501, 503, 505) and for a handler that threw (500).
  /// `why` is a short English sentence without secrets. Called on any loop.
  using ErrorBody = std::function<Response(int status, std::string_view why)>;

  HttpServer(Loops& loops, Timers& timers, Limits limits, Handler handler, ErrorBody error_body);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Starts accepting on `address` (numeric IP); port 0 takes a free one. Returns the port. With `tls` every connection must speak TLS, its handshake
  /// counts against max_connections, and who speaks plain HTTP is told so (400). Called once.
  /// kMalformed: not an address. kUnavailable: cannot bind (in use, no permission): detail says why.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port, std::shared_ptr<const TlsListener> tls = nullptr);

  /// Drain: accept nothing new, close idle connections, interrupt waits and streams, finish requests in flight, and at `deadline` cut the rest.
  /// Cutting cancels what a handler awaits. Returns when no connection is left, or a second after `deadline` where a handler ignores its cancellation.
  Task<void> stop(MonoTime deadline);

  std::size_t connections() const;

 private:
  Loops& loops_;
  Timers& timers_;
  std::shared_ptr<ServerShared> shared_;
  std::vector<std::shared_ptr<ServerShard>> shards_;
};

}  // namespace engine::net
