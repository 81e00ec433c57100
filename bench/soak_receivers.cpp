#include "bench/soak_receivers.h"

#include <array>
#include <cmath>
#include <random>

#include "app/demo/receiver.h"
#include "bench/harness.h"
#include "engine/base/secret.h"
#include "engine/net/request_parser.h"
#include "engine/runtime/timers.h"

namespace bench {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

// In the order of the names below.
enum class Kind : std::uint32_t { kGood, kFailing, kSilent, kResetting, kSlow, kClosing, kBusy, kGone, kDown, kHalf };
constexpr std::array<std::string_view, kSoakKinds> kNames{"good", "failing", "silent", "resetting", "slow", "closing", "busy", "gone", "down", "half"};

struct Reply {
  enum class End { kKeep, kClosesAnnounced, kCloses, kResets, kSilence, kHalf };
  int status = 200;
  End end = End::kKeep;
  std::chrono::milliseconds delay{0};
};

using Dice = std::mt19937_64;

Reply reply_of(Kind kind, Dice& dice) {
  const auto chance = [&dice](double share) { return std::uniform_real_distribution<>(0, 1)(dice) < share; };
  const auto phase = [](double every) { return std::fmod(now_seconds(), every); };
  using End = Reply::End;
  switch (kind) {
    case Kind::kGood: return {};
    case Kind::kFailing: return {.status = chance(0.1) ? 500 : 200};
    case Kind::kSilent: return {.end = chance(0.01) ? End::kSilence : End::kKeep};
    case Kind::kResetting: return {.end = chance(0.05) ? End::kResets : End::kKeep};
    case Kind::kSlow: return {.delay = std::chrono::milliseconds(std::uniform_int_distribution<>(5, 100)(dice))};
    case Kind::kClosing: return {.end = chance(0.3) ? End::kClosesAnnounced : chance(0.3) ? End::kCloses : End::kKeep};
    case Kind::kBusy: return {.status = chance(0.01) ? 429 : 200};
    case Kind::kGone: return {.status = phase(20) < 3 ? 410 : 200};   // the sender's operator resumes it
    case Kind::kDown: return {.status = phase(30) < 6 ? 503 : 200};   // long enough for its circuit to open
    case Kind::kHalf: return {.end = chance(0.03) ? End::kHalf : End::kKeep};
  }
  return {};
}

struct Room {
  engine::Secret secret;
  ArrivalRecord& record;
  Dice dice{1};
  engine::SystemTimers timers{};
};

std::string text_of(const Reply& reply) {
  std::string text = "HTTP/1.1 " + std::to_string(reply.status) + " Answer\r\nContent-Length: 2\r\n";
  if (reply.status == 429) text += "Retry-After: 1\r\n";
  if (reply.end == Reply::End::kClosesAnnounced) text += "Connection: close\r\n";
  text += "\r\nok";
  if (reply.end == Reply::End::kHalf) text.resize(text.size() - 1);
  return text;
}

// False: the connection ends.
engine::Task<bool> answer(tcp::socket& socket, Reply reply) {
  asio::error_code ignored;
  if (reply.end == Reply::End::kResets) socket.set_option(asio::socket_base::linger(true, 0), ignored);
  if (reply.end == Reply::End::kResets) co_return false;
  if (reply.end == Reply::End::kSilence) {
    char byte = 0;
    co_await socket.async_read_some(asio::buffer(&byte, 1), engine::kTuple);  // until the sender gives up
    co_return false;
  }
  const std::string text = text_of(reply);
  const auto [failed, n] = co_await asio::async_write(socket, asio::buffer(text), engine::kTuple);
  (void)n;
  co_return !failed && reply.end == Reply::End::kKeep;
}

// False: the connection ends.
engine::Task<bool> receive(tcp::socket& socket, Room& room, const engine::net::Request& request) {
  const auto endpoint = endpoint_in(request.path);
  const Reply reply = room.record.resting() ? Reply{} : reply_of(static_cast<Kind>(endpoint % kSoakKinds), room.dice);
  if (reply.delay.count() > 0) {
    const auto until = room.timers.now() + reply.delay;
    co_await room.timers.sleep_until(until);
  }
  const bool genuine = app::demo::signature_holds(room.secret, request.header("x-agents-webhook-timestamp").value_or(""), request.body,
                                                  request.header("x-agents-webhook-signature").value_or(""));
  const bool whole = reply.end != Reply::End::kResets && reply.end != Reply::End::kSilence && reply.end != Reply::End::kHalf;
  const auto event = event_in(request.header("x-agents-webhook-id").value_or(""));
  room.record.note({now_seconds(), event, endpoint, whole && reply.status == 200, genuine});
  co_return co_await answer(socket, reply);
}

engine::Task<void> serve(tcp::socket socket, Room& room) {
  engine::net::RequestParser parser({});
  std::array<char, 8192> block;
  for (;;) {
    const auto [failed, n] = co_await socket.async_read_some(asio::buffer(block), engine::kTuple);
    if (failed) co_return;
    if (parser.consume({block.data(), n}) != n || parser.state() == engine::net::RequestParser::State::kFailed) co_return;  // senders wait for an answer
    if (parser.state() != engine::net::RequestParser::State::kDone) continue;
    if (!co_await receive(socket, room, parser.request())) co_return;
    parser.reset();
  }
}

engine::Task<void> accept(tcp::acceptor& acceptor, Room& room) {
  for (;;) {
    auto [failed, socket] = co_await acceptor.async_accept(engine::kTuple);
    if (failed) continue;
    asio::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), room), asio::detached);
  }
}

}  // namespace

std::string soak_endpoint_name(std::uint32_t number) { return std::string(kNames[number % kSoakKinds]) + "-" + std::to_string(number); }

void serve_soak(int listen_fd, const std::string& secret, ArrivalRecord& record) {
  asio::io_context loop;
  Room room{engine::Secret(secret), record};
  tcp::acceptor acceptor(loop, tcp::v4(), listen_fd);
  asio::co_spawn(loop, accept(acceptor, room), asio::detached);
  loop.run();
}

}  // namespace bench
