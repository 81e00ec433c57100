// Bodies made while they are sent, requests that wait, and how both end.
#include <gtest/gtest.h>

#include "engine/net/body_stream.h"
#include "engine/net/http_server.h"
#include "engine/telemetry/log.h"
#include "tests/engine/loop_client.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;
using engine::Task;
using test::Client;

Response plain(int status, std::string_view text) { return {status, {{"Content-Type", "text/plain"}}, std::string(text), false}; }

// What the streams of one test do and have seen.
struct Script {
  std::vector<std::string> pieces;
  bool throws = false;
  bool idles = false;  // ends when interrupted
  bool failed = false;
  bool ended = false;
  std::unique_ptr<asio::steady_timer> bell;
};

class ScriptedStream final : public BodyStream {
 public:
  explicit ScriptedStream(Script& script) : script_(script) {}
  ~ScriptedStream() override { script_.ended = true; }
  Task<void> produce(BodyWriter& out) override {
    for (const auto& piece : script_.pieces) {
      const bool sent = co_await out.write(piece);
      if (!sent) {
        script_.failed = true;
        co_return;
      }
    }
    if (script_.throws) throw std::runtime_error("no more");
    if (!script_.idles) co_return;
    const auto executor = co_await asio::this_coro::executor;
    script_.bell = std::make_unique<asio::steady_timer>(executor, engine::MonoTime::max());
    const Listening listening(&out.interruption(), [this] { script_.bell->cancel(); });
    while (!out.interruption().raised()) {
      co_await script_.bell->async_wait(engine::kTuple);
      if (!out.interruption().raised()) co_await out.write("beat");
    }
  }

 private:
  Script& script_;
};

class HttpStreamTest : public testing::Test {
 protected:
  HttpStreamTest() {
    engine::telemetry::set_log_output([this](engine::telemetry::Level, std::string_view line) { logged.emplace_back(line); });
  }
  ~HttpStreamTest() override {
    engine::telemetry::set_log_output({});
    script.bell.reset();  // a timer goes before its loop; what streams have seen is written until then
  }

  void start(ServerLimits limits = {}) {
    auto handler = [this](Request& request) { return handle(request); };
    auto error = [](int status, std::string_view why) { return plain(status, "error: " + std::string(why)); };
    server = std::make_unique<HttpServer>(loops, timers, limits, handler, error);
    port = server->listen("127.0.0.1", 0).value();
  }
  Client ask(std::string_view path, std::string_view version = "1.1") {
    Client client(loops.context(0), port);
    client.send("GET " + std::string(path) + " HTTP/" + std::string(version) + "\r\nHost: t\r\n\r\n");
    return client;
  }
  Task<Response> handle(Request& request) {
    ++requests;
    if (request.path == "/stream") co_return Response{200, {{"X-Kind", "stream"}}, {}, false, std::make_shared<ScriptedStream>(script)};
    if (request.path == "/wait") {
      const auto executor = co_await asio::this_coro::executor;
      asio::steady_timer bell(executor, engine::MonoTime::max());
      const Listening listening(request.interruption, [&bell] { bell.cancel(); });
      waiting = !request.interruption->raised();
      if (waiting) co_await bell.async_wait(engine::kTuple);
      waiting = false;
    }
    co_return plain(200, "answer to " + request.path);
  }
  void turn(std::chrono::milliseconds time) { timers.run_for(loops.context(0), time); }
  /// Turns the loop until `done`; no time passes.
  template <class Done>
  void settle(Done done) {
    while (!done()) {
      loops.context(0).restart();
      loops.context(0).poll();
    }
  }

  std::vector<std::string> logged;
  int requests = 0;
  bool waiting = false;
  Script script;
  test::FakeTimers timers;
  engine::Loops loops{1};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

TEST_F(HttpStreamTest, PiecesAreChunksAndTheConnectionGoesOn) {
  start();
  script.pieces = {"ab", "", std::string(300, 'c')};
  auto client = ask("/stream");
  EXPECT_EQ(client.until("\r\n0\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nX-Kind: stream\r\nTransfer-Encoding: chunked\r\nDate: Wed, 04 Mar 2026 10:00:00 GMT\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nConnection: keep-alive\r\n\r\n"
            "2\r\nab\r\n12c\r\n" + std::string(300, 'c') + "\r\n0\r\n\r\n");
  client.send("GET /after HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_NE(client.until("answer to /after").find("Content-Length: 16"), std::string::npos);
  EXPECT_TRUE(script.ended);
}

TEST_F(HttpStreamTest, AnOldClientGetsTheBodyUntilTheConnectionCloses) {
  start();
  script.pieces = {"ab", "cd"};
  Client client(loops.context(0), port);
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto& got = client.until_closed();
  EXPECT_NE(got.find("Connection: close\r\n\r\nabcd"), std::string::npos) << got;
  EXPECT_EQ(got.find("chunked"), std::string::npos);
  EXPECT_TRUE(got.ends_with("abcd"));
}

TEST_F(HttpStreamTest, HeadOfAStreamHasItsHeadersAndNoBody) {
  start();
  script.pieces = {"ab"};
  Client client(loops.context(0), port);
  client.send("HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\nGET /after HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto& got = client.until("answer to /after");
  EXPECT_NE(got.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_NE(got.find("\r\n\r\nHTTP/1.1 200"), std::string::npos) << got;
}

TEST_F(HttpStreamTest, AStreamThatThrowsLooksUnfinished) {
  start();
  script.pieces = {"ab"};
  script.throws = true;
  auto client = ask("/stream");
  EXPECT_TRUE(client.until_closed().ends_with("2\r\nab\r\n"));
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_NE(logged[0].find("stream_threw"), std::string::npos);
}

TEST_F(HttpStreamTest, AReaderThatDoesNotReadIsCutAndTheStreamIsTold) {
  start({.write_timeout = 3s});
  script.pieces.assign(64, std::string(1 << 20, 'x'));
  Client client(loops.context(0), port);
  client.push("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  settle([&] { return requests == 1; });
  turn(2s);
  EXPECT_FALSE(script.ended);
  turn(2s);
  settle([&] { return server->connections() == 0; });
  EXPECT_TRUE(script.failed);
  EXPECT_TRUE(script.ended);
}

TEST_F(HttpStreamTest, AnIdleStreamHasNoDeadlineAndAKeptConnectionHasItsOwnAgain) {
  start({.idle = 10s, .write_timeout = 3s});
  script.pieces = {"first"};
  script.idles = true;
  auto client = ask("/stream");
  client.until("first");
  turn(24h);
  script.bell->cancel();
  EXPECT_NE(client.until("beat").find("beat"), std::string::npos);
  EXPECT_FALSE(client.closed);
  client.close();
  settle([&] { return server->connections() == 0; });
  EXPECT_TRUE(script.ended);

  script.idles = false;
  auto kept = ask("/stream");
  kept.until("\r\n0\r\n\r\n");
  turn(9s);
  kept.look();
  EXPECT_FALSE(kept.closed);
  turn(2s);
  kept.until_closed();
}

TEST_F(HttpStreamTest, AStreamWhosePeerLeavesEndsWithoutTimePassing) {
  start();
  script.idles = true;
  auto client = ask("/stream");
  client.until("\r\n\r\n");
  settle([&] { return script.bell != nullptr; });
  client.close();
  settle([&] { return server->connections() == 0; });
  EXPECT_TRUE(script.ended);
}

TEST_F(HttpStreamTest, AWaitWhosePeerLeavesEndsWithoutTimePassing) {
  start();
  auto client = ask("/wait");
  settle([&] { return waiting; });
  client.close();
  settle([&] { return server->connections() == 0; });
  EXPECT_FALSE(waiting);
}

TEST_F(HttpStreamTest, AHalfClosedPeerThatWaitsIsAnsweredAtOnce) {
  start();
  auto client = ask("/wait");
  client.half_close();
  EXPECT_NE(client.until_closed().find("answer to /wait"), std::string::npos);
}

TEST_F(HttpStreamTest, RequestsBehindAWaitAreReadWithinBoundsAndAnsweredAfterIt) {
  start({.pipelined_bytes = 4096});
  auto client = ask("/wait");
  settle([&] { return waiting; });
  const std::string request = "GET /behind HTTP/1.1\r\nHost: t\r\nX-Padding: " + std::string(900, 'p') + "\r\n\r\n";
  std::size_t sent = 0;
  std::string flood;
  while (flood.size() < (64u << 20)) flood += request;
  for (int quiet = 0; quiet < 50;) {
    const auto n = client.push(std::string_view(flood).substr(sent, 1 << 20));
    sent += n;
    quiet = n > 0 ? 0 : quiet + 1;
    settle([&, once = false]() mutable { return std::exchange(once, true); });
  }
  EXPECT_LT(sent, flood.size()) << "the rest must stay with the peer";
  EXPECT_EQ(requests, 1);
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 20s), [&](std::exception_ptr) { stopped = true; });
  client.until("answer to /wait");
  client.until_closed();
  turn(3s);  // what the peer still sends is read away for a moment, so that the answer arrives
  EXPECT_TRUE(stopped);
}

TEST_F(HttpStreamTest, ARequestBehindAWaitIsAnsweredNext) {
  start();
  auto client = ask("/wait");
  settle([&] { return waiting; });
  client.send("GET /one HTTP/1.1\r\nHost: t\r\n\r\nGET /wait HTTP/1.1\r\nHost: t\r\n\r\nGET /two HTTP/1.1\r\nHost: t\r\n\r\n");
  client.half_close();
  client.until_closed();
  EXPECT_EQ(client.count("answer to /wait"), 2u);
  EXPECT_GT(client.received.find("answer to /two"), client.received.rfind("answer to /wait"));
  EXPECT_EQ(client.count("answer to /two"), 1u);
}

TEST_F(HttpStreamTest, StoppingEndsWaitsAndStreamsAtOnceAndInOrder) {
  start();
  script.idles = true;
  script.pieces = {"first"};
  auto stream = ask("/stream");
  stream.until("first");
  auto wait = ask("/wait");
  settle([&] { return waiting && script.bell; });
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 20s), [&](std::exception_ptr) { stopped = true; });
  turn(10ms);
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(stream.until_closed().ends_with("first\r\n0\r\n\r\n"));
  EXPECT_NE(wait.until_closed().find("answer to /wait"), std::string::npos);
  EXPECT_NE(wait.received.find("Connection: close"), std::string::npos);
}

TEST_F(HttpStreamTest, WhatIgnoresTheStopIsCutAtItsDeadline) {
  start({.write_timeout = 60s});
  script.pieces.assign(64, std::string(1 << 20, 'x'));
  Client client(loops.context(0), port);
  client.push("GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  settle([&] { return requests == 1; });
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 1s), [&](std::exception_ptr) { stopped = true; });
  turn(1100ms);
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(script.ended);
  EXPECT_TRUE(logged.empty());
}

}  // namespace
