#include "engine/net/server_connection.h"

#include <charconv>

#include "engine/base/append_number.h"
#include "engine/net/security_headers.h"
#include "engine/telemetry/log.h"

namespace engine::net {
namespace {

constexpr std::size_t kReadBytes = 4 * 1024;
constexpr std::size_t kBodyReadBytes = 32 * 1024;
constexpr std::size_t kJoinedBytes = 4 * 1024;  // a body up to this is copied behind its head: the kernel takes one buffer faster than two
constexpr std::size_t kLingerBytes = 8 * 1024 * 1024;
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::chrono::seconds kSpeedGrace{5};  // a body's speed is judged from here on: congestion control starts slowly

bool is_content_policy(const std::string& name) {
  constexpr std::string_view kName = "Content-Security-Policy";
  return name.size() == kName.size() && equal_ignoring_case(name, kName);
}

// IPv4 that came through an IPv6 socket is IPv4.
std::string text_of(const asio::ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

std::string peer_of(const asio::ip::tcp::socket& socket) {
  asio::error_code failed;
  const auto peer = socket.remote_endpoint(failed);
  return failed ? std::string() : text_of(peer.address());
}

// The descriptor. A socket that refuses these fails at its first read.
int made_ready(asio::ip::tcp::socket& socket) {
  asio::error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  const int descriptor = socket.release(ignored);
  return ignored ? -1 : descriptor;
}

}  // namespace

void append_response_head(std::string& out, const Response& response, std::string_view standing_lines, bool keep_alive, bool chunked) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(response.status));
  out += ' ';
  out += reason(response.status);
  out += "\r\n";
  bool own_policy = false;
  for (const auto& header : response.headers) {
    if (!is_header_line(header.name, header.value)) {
      telemetry::log_event(telemetry::Level::kError, "response_header_dropped", {{"name", header.name}});
      continue;
    }
    own_policy = own_policy || is_content_policy(header.name);
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  out += response.lines;
  if (response.stream) {
    if (chunked) out += "Transfer-Encoding: chunked\r\n";
  } else if (response.status != 204 && response.status != 304) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  out += standing_lines;
  if (!own_policy) out += kStrictestContentPolicy;
  out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

ServerShard::ServerShard(std::shared_ptr<ServerShared> s, asio::any_io_executor e)
    : shared(std::move(s)), executor(std::move(e)), acceptor(executor), readiness(std::make_shared<Readiness>(executor)), tick(shared->timers.now()) {}

const std::string& ServerShard::standing_lines(bool over_tls) {
  const auto now = shared->timers.wall_now();
  if (const auto second = unix_seconds(now); second != date_second_) {
    date_second_ = second;
    standing_[0] = "Date: " + http_date(now) + "\r\n";
    standing_[0] += kSecurityHeaders;
    standing_[1] = standing_[0] + transport_security_line(shared->tls ? shared->tls->transport_security() : std::chrono::seconds(0));
  }
  return standing_[over_tls ? 1 : 0];
}

ServerConnection::ServerConnection(std::shared_ptr<ServerShard> shard, asio::ip::tcp::socket accepted)
    : shard_(std::move(shard)),
      limits_(shard_->shared->limits),
      peer_(peer_of(accepted)),
      socket_(shard_->readiness, made_ready(accepted)),
      parser_(RequestLimits{limits_.head_bytes, limits_.target_bytes, limits_.header_count, limits_.body_bytes}) {
  shard_->connections.insert(this);
}

ServerConnection::~ServerConnection() {
  shard_->connections.erase(this);
  shard_->shared->open.fetch_sub(1, std::memory_order_relaxed);
}

Task<void> ServerConnection::run() {
  if (shard_->shared->tls && !co_await shake_hands()) co_return;
  enter(Phase::kIdle, limits_.idle);
  while (co_await read_request()) {
    const Response response = co_await answer();
    bool keep = parser_.keep_alive() && !response.close && !shard_->draining;
    if (response.stream) {
      keep = keep && !parser_.http_1_0();
      const bool whole = co_await send_stream(response, keep);
      if (!whole) co_return;
      keep = keep && !shard_->draining;
    } else {
      const bool sent = send_now(response, keep) || co_await send_rest();
      if (!sent) co_return;
    }
    watched_ = false;
    if (!keep) {
      socket_.say_goodbye();
      if (!in_.unread().empty()) co_await linger();
      co_return;
    }
    parser_.reset();
    continue_sent_ = false;
    in_.settle(kReadBytes);
    enter(Phase::kIdle, limits_.idle);
    if (++in_a_row_ >= limits_.max_pipelined) {
      in_a_row_ = 0;
      co_await asio::post(asio::use_awaitable);  // the others' turn
    }
  }
}

void ServerConnection::enter(Phase phase, std::chrono::milliseconds allowed) {
  phase_ = phase;
  deadline_ = shard_->tick + limits_.sweep + allowed;  // the tick may be one sweep old
}

// False: the connection is over. Whoever speaks plain HTTP here is told so in its own words.
Task<bool> ServerConnection::shake_hands() {
  enter(Phase::kHandshake, limits_.handshake_timeout);
  if (!socket_.secure(*shard_->shared->tls->current(), shard_->shared->timers.wall_now())) co_return false;
  const auto failed = co_await socket_.shake_hands();
  if (!failed) co_return true;
  if (telemetry::log_enabled(telemetry::Level::kDebug)) {
    telemetry::log_event(telemetry::Level::kDebug, "handshake_failed", {{"peer", peer_}, {"why", socket_.why()}});
  }
  if (!socket_.heard_plain_http()) co_return false;
  socket_.speak_plainly();
  const Response response = shard_->shared->error_body(400, "This port speaks HTTPS.");
  if (send_now(response, false) || co_await send_rest()) co_await linger();
  co_return false;
}

// A phase's time runs from its beginning: a client that drips bytes gains nothing.
void ServerConnection::note_progress() {
  if (phase_ == Phase::kIdle && (parser_.head_begun() || !in_.unread().empty())) enter(Phase::kHead, limits_.head_timeout);
  if (phase_ <= Phase::kHead && parser_.state() == RequestParser::State::kBody) enter(Phase::kBody, limits_.body_timeout);
}

// True: a whole request is there. False: the connection is over.
Task<bool> ServerConnection::read_request() {
  for (;;) {
    if (const auto bytes = in_.unread(); !bytes.empty()) in_.consume(parser_.consume(bytes));
    if (parser_.state() == RequestParser::State::kDone) co_return true;
    if (parser_.state() == RequestParser::State::kFailed) co_return co_await refuse();
    note_progress();
    if (parser_.state() == RequestParser::State::kBody && parser_.expects_continue() && !continue_sent_ && in_.unread().empty()) {
      continue_sent_ = true;
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::error_code failed;  // 25 bytes into an empty send buffer; a client that cannot take them is gone
      socket_.write_some(asio::buffer(kContinue), failed);
    }
    const bool more = co_await read_some();
    if (timed_out_) co_return co_await refuse();
    if (!more) co_return false;
  }
}

Task<bool> ServerConnection::read_some() {
  for (;;) {
    const auto room = in_.room(phase_ == Phase::kBody ? kBodyReadBytes : kReadBytes / 2);
    asio::error_code failed;
    const auto n = socket_.read_some(asio::buffer(room.data, room.size), failed);
    if (!failed) {
      in_.commit(n);
      co_return true;
    }
    if (failed != asio::error::would_block) co_return false;
    in_a_row_ = 0;
    const auto woken = co_await socket_.until_wanted();
    if (woken == Readiness::Woken::kCancelled) co_return false;
  }
}

// Answers what never became a request. Always false: nothing behind it can be trusted.
Task<bool> ServerConnection::refuse() {
  const bool late = parser_.state() != RequestParser::State::kFailed;
  const Response response = late ? shard_->shared->error_body(408, "The request did not arrive in time.")
                                 : shard_->shared->error_body(parser_.error_status(), parser_.error());
  timed_out_ = false;
  if (send_now(response, false) || co_await send_rest()) co_await linger();
  co_return false;
}

Task<Response> ServerConnection::answer() {
  phase_ = Phase::kHandling;
  deadline_ = MonoTime::max();
  auto& request = parser_.request();
  request.peer_address = peer_;
  request.interruption = this;
  std::string thrown;
  try {
    co_return co_await shard_->shared->handler(request);
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "unknown exception";
  }
  telemetry::log_event(telemetry::Level::kError, "handler_threw", {{"method", name(request.method)}, {"error", thrown}});
  co_return shard_->shared->error_body(500, "The request could not be processed.");
}

// Tries to send without waiting. True: all of it is on its way. False: send_rest() must go on.
bool ServerConnection::send_now(const Response& response, bool keep_alive) {
  head_.clear();
  append_response_head(head_, response, shard_->standing_lines(socket_.secured()), keep_alive);
  const bool no_body = parser_.request().method == Method::kHead || response.status == 204 || response.status == 304;
  body_ = no_body ? std::string_view{} : std::string_view(response.body);
  if (body_.size() <= kJoinedBytes) head_.append(std::exchange(body_, {}));
  asio::error_code failed;
  if (body_.empty()) {
    sent_ = socket_.write_some(asio::buffer(head_), failed);
  } else {
    sent_ = socket_.write_some(std::array<asio::const_buffer, 2>{asio::buffer(head_), asio::buffer(body_)}, failed);
  }
  return !failed && sent_ == head_.size() + body_.size();
}

Task<bool> ServerConnection::send_rest() {
  enter(Phase::kWriting, limits_.write_timeout);
  const auto of_head = std::min(sent_, head_.size());
  const std::array<asio::const_buffer, 2> rest{asio::buffer(head_) + of_head, asio::buffer(body_) + (sent_ - of_head)};
  const auto [failed, n] = co_await socket_.write(rest);
  (void)n;
  co_return !failed;
}

// Head, body as it is made, end. False: the connection is over.
Task<bool> ServerConnection::send_stream(const Response& response, bool keep_alive) {
  chunked_ = !parser_.http_1_0();
  broken_ = false;
  head_.clear();
  append_response_head(head_, response, shard_->standing_lines(socket_.secured()), keep_alive, chunked_);
  const bool begun = co_await send_piece({}, head_, {});
  if (!begun || parser_.request().method == Method::kHead) co_return begun;
  std::string thrown;
  try {
    co_await response.stream->produce(*this);
  } catch (const std::exception& error) {
    thrown = error.what();
  } catch (...) {
    thrown = "unknown exception";
  }
  wake_ = {};
  if (!thrown.empty()) {
    if (socket_.open()) telemetry::log_event(telemetry::Level::kError, "stream_threw", {{"error", thrown}});  // else it was cut
    co_return false;
  }
  if (broken_ || !chunked_) co_return !broken_;
  co_return co_await send_piece({}, "0\r\n\r\n", {});
}

Task<bool> ServerConnection::write(std::string_view piece) {
  if (broken_ || piece.empty()) co_return !broken_;
  if (!chunked_) co_return co_await send_piece({}, piece, {});
  std::array<char, 20> size{};
  auto* end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  co_return co_await send_piece({size.data(), end}, piece, "\r\n");
}

Task<bool> ServerConnection::send_piece(std::string_view before, std::string_view piece, std::string_view behind) {
  std::array<asio::const_buffer, 3> rest{asio::buffer(before), asio::buffer(piece), asio::buffer(behind)};
  asio::error_code failed;
  auto sent = socket_.write_some(rest, failed);
  if (failed == asio::error::would_block) failed.clear();
  if (!failed && sent < before.size() + piece.size() + behind.size()) {
    for (auto& buffer : rest) {
      const auto of_this = std::min(sent, buffer.size());
      buffer += of_this;
      sent -= of_this;
    }
    enter(Phase::kWriting, limits_.write_timeout);
    std::tie(failed, sent) = co_await socket_.write(rest);
  }
  phase_ = Phase::kStreaming;
  deadline_ = MonoTime::max();
  broken_ = static_cast<bool>(failed);
  co_return !broken_;
}

void ServerConnection::listen(std::function<void()> wake) {
  wake_ = std::move(wake);
  if (!wake_) return;
  if (raised()) return std::exchange(wake_, {})();
  watched_ = true;
  watch_peer();
}

void ServerConnection::interrupt() {
  if (wake_) std::exchange(wake_, {})();
}

void ServerConnection::raise() {
  interrupted_ = true;
  interrupt();
}

void ServerConnection::watch_peer() {
  if (watching_) return;
  if (in_.unread().empty()) in_.settle(0);  // thousands wait: none holds a buffer for it
  watching_ = true;
  socket_.on_readable([self = weak_from_this()] {
    const auto connection = self.lock();
    if (!connection) return;
    connection->watching_ = false;
    if (connection->watched_) connection->on_readable();
  });
}

// The peer sent something, or ended. Reads ahead, within bounds, because only behind its bytes its end can be seen.
void ServerConnection::on_readable() {
  while (in_.unread().size() < limits_.pipelined_bytes) {
    const auto room = in_.room(kReadBytes / 2);
    asio::error_code failed;
    const auto n = socket_.read_some(asio::buffer(room.data, std::min(room.size, limits_.pipelined_bytes - in_.unread().size())), failed);
    if (failed == asio::error::would_block) return watch_peer();
    if (failed) return raise();
    in_.commit(n);
  }
}

// Closing with unread input resets the connection and may destroy the answer on its way; so the client gets a moment to read it.
Task<void> ServerConnection::linger() {
  enter(Phase::kLingering, kLinger);
  asio::error_code failed;
  socket_.say_goodbye();
  socket_.end_sending();
  for (std::size_t dropped = 0; !failed && dropped < kLingerBytes;) {
    in_.consume(in_.unread().size());
    const auto room = in_.room(kReadBytes);
    const auto [ended, n] = co_await socket_.read(asio::buffer(room.data, room.size));
    failed = ended;
    dropped += n;
  }
}

// The deadline tells when the body began.
bool ServerConnection::too_slow(MonoTime now) const {
  if (phase_ != Phase::kBody || limits_.body_bytes_per_second == 0) return false;
  const auto taken = now - (deadline_ - limits_.body_timeout - limits_.sweep);
  if (taken <= kSpeedGrace) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(taken).count();
  return parser_.body_so_far() < limits_.body_bytes_per_second * static_cast<std::size_t>(seconds);
}

void ServerConnection::check(MonoTime now) {
  if (now < deadline_ && !too_slow(now)) return;
  deadline_ = MonoTime::max();
  if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
    timed_out_ = true;
    socket_.wake();  // the reader wakes up and says 408
  } else {
    if (phase_ == Phase::kIdle) socket_.say_goodbye();
    socket_.close();
  }
}

void ServerConnection::close_if_idle() {
  if (phase_ != Phase::kIdle && phase_ != Phase::kHandshake) return;
  socket_.say_goodbye();
  socket_.close();
}

void ServerConnection::cut() {
  socket_.close();
  cancel_.emit(asio::cancellation_type::terminal);
}

}  // namespace engine::net
