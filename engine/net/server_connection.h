#pragma once
// One client's connection, and what the connections of one loop share. Internal to HttpServer.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_set>

#include "engine/net/body_stream.h"
#include "engine/net/http_server.h"
#include "engine/net/read_buffer.h"
#include "engine/net/request_parser.h"
#include "engine/net/peer_socket.h"
#include "engine/net/tls_listener.h"

namespace engine::net {

class ServerConnection;

/// What all loops of one server share. Only the counter changes once it listens.
struct ServerShared {
  ServerShared(Timers& t, const ServerLimits& l, HttpServer::Handler h, HttpServer::ErrorBody e)
      : timers(t), limits(l), handler(std::move(h)), error_body(std::move(e)) {}
  Timers& timers;
  ServerLimits limits;
  HttpServer::Handler handler;
  HttpServer::ErrorBody error_body;
  std::shared_ptr<const TlsListener> tls;  ///< nullptr: plain
  std::atomic<std::size_t> open{0};
};

/// What belongs to one loop.
struct ServerShard {
  ServerShard(std::shared_ptr<ServerShared> s, asio::any_io_executor e);
  /// The header lines of every answer: Date and what security asks for. Made once a second.
  const std::string& standing_lines(bool over_tls);

  std::shared_ptr<ServerShared> shared;
  asio::any_io_executor executor;
  asio::ip::tcp::acceptor acceptor;
  std::shared_ptr<Readiness> readiness;  ///< of its connections' sockets
  std::unordered_set<ServerConnection*> connections;
  MonoTime tick;          ///< now, as of the last sweep: deadlines need no clock of their own
  bool draining = false;  ///< no new connections, no second request
  bool closed = false;    ///< the sweep may end

 private:
  std::array<std::string, 2> standing_;  // plain, over TLS
  std::int64_t date_second_ = -1;
};

/// Lives in the coroutine that runs it, on one loop.
class ServerConnection final : public Interruption, public BodyWriter, public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(std::shared_ptr<ServerShard> shard, asio::ip::tcp::socket accepted);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  /// Serves requests until one side ends it.
  Task<void> run();
  /// Called by the sweep: cuts what has passed its deadline.
  void check(MonoTime now);
  /// Closes it where it waits for a request that has not begun.
  void close_if_idle();
  /// Closes it in any case and cancels the handler.
  void cut();
  /// The server stops: ends a wait or a stream.
  void interrupt();
  asio::cancellation_slot cancellation() { return cancel_.slot(); }

  // What a handler that waits, and a stream, see of it.
  bool raised() const override { return interrupted_ || shard_->draining; }
  void listen(std::function<void()> wake) override;
  Task<bool> write(std::string_view piece) override;
  Interruption& interruption() override { return *this; }

 private:
  enum class Phase { kIdle, kHead, kBody, kHandling, kWriting, kStreaming, kLingering, kHandshake };
  void enter(Phase phase, std::chrono::milliseconds allowed);
  void note_progress();
  bool too_slow(MonoTime now) const;
  Task<bool> shake_hands();
  Task<bool> read_request();
  Task<bool> read_some();
  Task<Response> answer();
  Task<bool> refuse();
  bool send_now(const Response& response, bool keep_alive);
  Task<bool> send_rest();
  Task<bool> send_stream(const Response& response, bool keep_alive);
  Task<bool> send_piece(std::string_view before, std::string_view piece, std::string_view behind);
  void watch_peer();
  void on_readable();
  void raise();
  Task<void> linger();

  std::shared_ptr<ServerShard> shard_;
  const ServerLimits& limits_;
  const std::string peer_;
  PeerSocket socket_;
  asio::cancellation_signal cancel_;
  ReadBuffer in_;
  RequestParser parser_;
  std::string head_;               // of the response, its memory reused
  std::string_view body_;          // of the response being sent
  std::size_t sent_ = 0;           // of head and body together
  Phase phase_ = Phase::kIdle;
  MonoTime deadline_ = MonoTime::max();
  bool timed_out_ = false;
  bool continue_sent_ = false;
  bool chunked_ = false;           // the stream being sent
  bool broken_ = false;            // a piece of it did not arrive
  bool interrupted_ = false;       // the peer will send nothing more
  bool watched_ = false;           // somebody listened during this request
  bool watching_ = false;          // a wait for the peer's bytes or its end is pending
  std::function<void()> wake_;
  unsigned in_a_row_ = 0;          // requests answered without a wait between them
};

/// Status line and headers as they go out, with Content-Length, the standing lines and Connection; with a stream Transfer-Encoding where it is `chunked`;
/// with the strictest content policy where the response brings none. A header whose name or value would break the framing is left out and logged.
void append_response_head(std::string& out, const Response& response, std::string_view standing_lines, bool keep_alive, bool chunked = false);

}  // namespace engine::net
