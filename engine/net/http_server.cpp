#include "engine/net/http_server.h"

#include "engine/net/server_connection.h"
#include "engine/telemetry/log.h"

namespace engine::net {
namespace {

using asio::ip::tcp;
using namespace std::chrono_literals;

Task<void> run_connection(std::shared_ptr<ServerConnection> connection) { co_await connection->run(); }

void start_connection(const std::shared_ptr<ServerShard>& shard, tcp::socket socket) {
  auto connection = std::make_shared<ServerConnection>(shard, std::move(socket));
  const auto slot = connection->cancellation();
  // The completion keeps the connection, hence its cancellation signal, until the coroutine has ended. What ends it by exception is
  // cancellation or memory running out: the socket is closed either way.
  asio::co_spawn(shard->executor, run_connection(connection), asio::bind_cancellation_slot(slot, [connection](std::exception_ptr) {}));
}

// One too many: told so without waiting, whether or not it listens. Over TLS that would take a handshake.
void turn_away(ServerShard& shard, tcp::socket socket) {
  if (shard.shared->tls) return;
  std::string out;
  const auto response = shard.shared->error_body(503, "Too many connections.");
  append_response_head(out, response, shard.standing_lines(false), false);
  out += response.body;
  asio::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(out), ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

Task<void> accept_loop(std::shared_ptr<ServerShard> shard) {
  while (!shard->draining) {
    auto [failed, socket] = co_await shard->acceptor.async_accept(kTuple);
    if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor) co_return;
    if (failed) {  // out of descriptors or memory: others may free some
      telemetry::log_event(telemetry::Level::kWarn, "accept_failed", {{"error", failed.message()}});
      co_await shard->shared->timers.sleep_until(shard->shared->timers.now() + 100ms);
      continue;
    }
    if (shard->shared->open.load(std::memory_order_relaxed) >= shard->shared->limits.max_connections) {
      turn_away(*shard, std::move(socket));
      continue;
    }
    shard->shared->open.fetch_add(1, std::memory_order_relaxed);
    start_connection(shard, std::move(socket));
  }
}

// The only timer of a loop's connections.
Task<void> sweep_loop(std::shared_ptr<ServerShard> shard) {
  auto& timers = shard->shared->timers;
  while (!shard->closed) {
    co_await timers.sleep_until(shard->tick + shard->shared->limits.sweep);
    shard->tick = timers.now();
    for (auto* connection : shard->connections) connection->check(shard->tick);  // cutting never resumes a coroutine here and now
  }
}

void begin_drain(const std::shared_ptr<ServerShard>& shard) {
  asio::error_code ignored;
  shard->draining = true;
  shard->acceptor.close(ignored);
  for (auto* connection : shard->connections) {
    connection->close_if_idle();
    connection->interrupt();
  }
}

void cut_all(const std::shared_ptr<ServerShard>& shard) {
  std::vector<ServerConnection*> all(shard->connections.begin(), shard->connections.end());
  for (auto* connection : all) {
    if (shard->connections.contains(connection)) connection->cut();
  }
  shard->closed = true;
}

Result<tcp::acceptor> open_acceptor(const asio::any_io_executor& executor, const tcp::endpoint& at, bool shared_port) {
  tcp::acceptor acceptor(executor);
  asio::error_code failed;
  acceptor.open(at.protocol(), failed);
  if (!failed) acceptor.set_option(tcp::acceptor::reuse_address(true), failed);
  using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  if (!failed && shared_port) acceptor.set_option(reuse_port(true), failed);
  if (!failed) acceptor.bind(at, failed);
  if (!failed) acceptor.listen(1024, failed);
  if (failed) return fail(Errc::kUnavailable, at.address().to_string() + " port " + std::to_string(at.port()) + ": " + failed.message());
  return acceptor;
}

}  // namespace

HttpServer::HttpServer(Loops& loops, Timers& timers, Limits limits, Handler handler, ErrorBody error_body)
    : loops_(loops),
      timers_(timers),
      shared_(std::make_shared<ServerShared>(timers, limits, std::move(handler), std::move(error_body))) {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port, std::shared_ptr<const TlsListener> tls) {
  shared_->tls = std::move(tls);
  asio::error_code failed;
  const auto ip = asio::ip::make_address(address, failed);
  if (failed) return fail(Errc::kMalformed, "listen: '" + address + "' is not an IP address");
  const bool several = loops_.size() > 1;
  if (several && port != 0) {  // a shared port would also be shared with another process of ours: ask for it alone first
    auto alone = open_acceptor(loops_.executor(0), {ip, port}, false);
    if (!alone) return alone.take_error();
  }
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    auto acceptor = open_acceptor(loops_.executor(i), {ip, port}, several);
    if (!acceptor) return acceptor.take_error();
    port = acceptor->local_endpoint(failed).port();
    auto shard = std::make_shared<ServerShard>(shared_, loops_.executor(i));
    shard->acceptor = std::move(*acceptor);
    shards_.push_back(std::move(shard));
  }
  for (const auto& shard : shards_) {
    asio::co_spawn(shard->executor, accept_loop(shard), asio::detached);  // ends with the acceptor
    asio::co_spawn(shard->executor, sweep_loop(shard), asio::detached);   // ends behind cut_all, or with the loop
  }
  return port;
}

Task<void> HttpServer::stop(MonoTime deadline) {
  for (const auto& shard : shards_) asio::post(shard->executor, [shard] { begin_drain(shard); });
  while (connections() > 0 && timers_.now() < deadline) co_await timers_.sleep_until(std::min(deadline, timers_.now() + 5ms));
  for (const auto& shard : shards_) asio::post(shard->executor, [shard] { cut_all(shard); });
  const auto patience = timers_.now() + 1s;
  while (connections() > 0 && timers_.now() < patience) co_await timers_.sleep_until(timers_.now() + 5ms);
}

std::size_t HttpServer::connections() const { return shared_->open.load(std::memory_order_relaxed); }

}  // namespace engine::net
