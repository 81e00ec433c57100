#pragma once
// One client's connection, and what the connections of one loop share. Internal to HttpServer.

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <unordered_set>

#include "engine/net/http_server.h"
#include "engine/net/read_buffer.h"
#include "engine/net/request_parser.h"

namespace engine::net {

class ServerConnection;

/// What all loops of one server share. Only the counter and the flag change after construction.
struct ServerShared {
  ServerShared(Timers& t, const ServerLimits& l, HttpServer::Handler h, HttpServer::ErrorBody e)
      : timers(t), limits(l), handler(std::move(h)), error_body(std::move(e)) {}
  Timers& timers;
  ServerLimits limits;
  HttpServer::Handler handler;
  HttpServer::ErrorBody error_body;
  std::atomic<std::size_t> open{0};
};

/// What belongs to one loop.
struct ServerShard {
  ServerShard(std::shared_ptr<ServerShared> s, asio::any_io_executor e);
  /// "Date: …\r\n", made once a second.
  const std::string& date_line();

  std::shared_ptr<ServerShared> shared;
  asio::any_io_executor executor;
  asio::ip::tcp::acceptor acceptor;
  std::unordered_set<ServerConnection*> connections;
  MonoTime tick;          ///< now, as of the last sweep: deadlines need no clock of their own
  bool draining = false;  ///< no new connections, no second request
  bool closed = false;    ///< the sweep may end

 private:
  std::string date_;
  std::int64_t date_second_ = -1;
};

/// Lives in the coroutine that runs it, on one loop.
class ServerConnection {
 public:
  ServerConnection(std::shared_ptr<ServerShard> shard, asio::ip::tcp::socket socket);
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
  asio::cancellation_slot cancellation() { return cancel_.slot(); }

 private:
  enum class Phase { kIdle, kHead, kBody, kHandling, kWriting, kLingering };
  void enter(Phase phase, std::chrono::milliseconds allowed);
  void note_progress();
  Task<bool> read_request();
  Task<bool> read_some();
  Task<Response> answer();
  Task<bool> refuse();
  bool send_now(const Response& response, bool keep_alive);
  Task<bool> send_rest();
  Task<void> linger();

  std::shared_ptr<ServerShard> shard_;
  const ServerLimits& limits_;
  asio::ip::tcp::socket socket_;
  asio::cancellation_signal cancel_;
  ReadBuffer in_;
  RequestParser parser_;
  std::string peer_;
  std::string head_;               // of the response, its memory reused
  std::string_view body_;          // of the response being sent
  std::size_t sent_ = 0;           // of head and body together
  Phase phase_ = Phase::kIdle;
  MonoTime deadline_ = MonoTime::max();
  bool timed_out_ = false;
  bool continue_sent_ = false;
  unsigned in_a_row_ = 0;          // requests answered without a read between them
};

/// Status line and headers as they go out, with Content-Length, Date and Connection. A header whose name or value would break the framing is left out
/// and logged.
void append_response_head(std::string& out, const Response& response, std::string_view date_line, bool keep_alive);

}  // namespace engine::net
