#include "engine/net/http_server.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "engine/telemetry/log.h"
#include "tests/engine/loop_client.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;
using asio::ip::tcp;
using engine::Task;
using test::Client;

Response plain(int status, std::string_view text) { return {status, {{"Content-Type", "text/plain"}}, std::string(text), false}; }

class HttpServerTest : public testing::Test {
 protected:
  HttpServerTest() {
    engine::telemetry::set_log_output([this](engine::telemetry::Level, std::string_view line) { logged.emplace_back(line); });
  }
  ~HttpServerTest() override { engine::telemetry::set_log_output({}); }

  void start(ServerLimits limits = {}) {
    auto handler = [this](Request& request) { return handle(request); };
    auto error = [](int status, std::string_view why) { return plain(status, "error: " + std::string(why)); };
    server = std::make_unique<HttpServer>(loops, timers, limits, handler, error);
    port = server->listen("127.0.0.1", 0).value();
    ASSERT_NE(port, 0);
  }
  Client connect() { return Client(loops.context(0), port); }

  Task<Response> handle(Request& request) {
    paths.push_back(request.path);
    if (request.path == "/throw") throw std::runtime_error("secretless reason");
    if (request.path == "/slow") co_await timers.sleep_until(timers.now() + 5s);
    if (request.path == "/big") co_return plain(200, std::string(64 << 20, 'b'));
    if (request.path == "/nothing") co_return Response{204, {}, {}, false};
    if (request.path == "/bye") co_return Response{200, {}, "bye", true};
    if (request.path == "/page") co_return Response{200, {{"content-security-policy", "default-src 'self'"}}, "<p>", false};
    if (request.path.starts_with("/sized/")) co_return plain(200, std::string(std::stoul(request.path.substr(7)), 's'));
    if (request.path == "/lines") {
      auto response = plain(200, "told");
      response.lines = "X-One: 1\r\nX-Two: a b\r\n";
      co_return response;
    }
    if (request.path == "/inject") co_return Response{200, {{"X-Evil", "a\r\nSet-Cookie: b"}, {"X-Good", "c"}}, "ok", false};
    co_return plain(200, std::string(name(request.method)) + " " + request.path + " [" + request.body + "] from " + request.peer_address);
  }

  static void expect_secured(const std::string& answer) {
    for (const auto* line : {"X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer", "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'"}) {
      EXPECT_NE(answer.find("\r\n" + std::string(line) + "\r\n"), std::string::npos) << line << " in\n" << answer;
    }
    EXPECT_EQ(answer.find("Strict-Transport-Security"), std::string::npos) << "over TLS only";
  }

  void turn(std::chrono::milliseconds time) { timers.run_for(loops.context(0), time); }

  std::vector<std::string> logged;
  std::vector<std::string> paths;
  test::FakeTimers timers;
  engine::Loops loops{1};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

TEST_F(HttpServerTest, AnswersWithLengthDateAndConnection) {
  start();
  auto client = connect();
  client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.until("127.0.0.1"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 24\r\nDate: Wed, 04 Mar 2026 10:00:00 GMT\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nConnection: keep-alive\r\n\r\n"
            "GET /a [] from 127.0.0.1");
  EXPECT_FALSE(client.closed);
}

TEST_F(HttpServerTest, HeadHasTheHeadersOfTheBodyItDoesNotSend) {
  start();
  auto client = connect();
  client.send("HEAD /a HTTP/1.1\r\nHost: t\r\n\r\nGET /nothing HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  const auto& got = client.until_closed();
  EXPECT_NE(got.find("Content-Length: 25\r\n"), std::string::npos);
  EXPECT_NE(got.find("\r\n\r\nHTTP/1.1 204 No Content\r\nDate"), std::string::npos) << got;
  EXPECT_EQ(client.count("Content-Length"), 1u);  // none on a 204
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start({.max_pipelined = 3});
  auto client = connect();
  std::string all;
  for (int i = 0; i < 200; ++i) all += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi";
  client.send(all);
  client.wait([&] { return client.count("from 127.0.0.1") == 200 || client.closed; });
  ASSERT_EQ(paths.size(), 200u);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(paths[static_cast<std::size_t>(i)], "/" + std::to_string(i));
}

TEST_F(HttpServerTest, ReadsAChunkedBodyOfManyPieces) {
  start();
  auto client = connect();
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char c : std::string("4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n")) client.send(std::string(1, c));
  EXPECT_NE(client.until("from").find("[abcdefg]"), std::string::npos);
}

TEST_F(HttpServerTest, ReadsABodyOfTheWholeLimit) {
  start();
  auto client = connect();
  client.send("POST /c HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n");
  client.send(std::string(1 << 20, 'x'));
  client.until("from 127.0.0.1");
  EXPECT_GT(client.received.size(), 1u << 20);
}

TEST_F(HttpServerTest, TellsAWaitingClientToContinueOnce) {
  start();
  auto client = connect();
  client.send("POST /e HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("o");
  client.send("k");
  EXPECT_NE(client.until("from").find("[ok]"), std::string::npos);
  EXPECT_EQ(client.count("100 Continue"), 1u);
}

TEST_F(HttpServerTest, OldClientsAreClosedUnlessTheyAskForMore) {
  start();
  auto once = connect();
  once.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_NE(once.until_closed().find("Connection: close"), std::string::npos);
  auto again = connect();
  again.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(again.until("from 127.0.0.1").find("Connection: keep-alive"), std::string::npos);
  again.send("GET /bye HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_NE(again.until_closed().find("bye"), std::string::npos);
}

TEST_F(HttpServerTest, RefusalsComeFromTheErrorHookAndCloseTheConnection) {
  start({.head_bytes = 1024, .body_bytes = 10});
  const std::vector<std::pair<std::string, std::string>> cases{
      {"\x16\x03\x01 hello", "400"},
      {"GET / HTTP/3.0\r\n\r\n", "505"},
      {"GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n", "431"},
      {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 11\r\n\r\n", "413"},
  };
  for (const auto& [bytes, status] : cases) {
    auto client = connect();
    client.send(bytes);
    EXPECT_EQ(client.until_closed().substr(9, 3), status) << bytes;
    EXPECT_NE(client.received.find("\r\n\r\nerror: "), std::string::npos);
    EXPECT_NE(client.received.find("Connection: close"), std::string::npos);
    expect_secured(client.received);
  }
  EXPECT_TRUE(paths.empty());
}

TEST_F(HttpServerTest, APageMayBringItsOwnContentPolicyAndOnlyThat) {
  start();
  auto client = connect();
  client.send("GET /page HTTP/1.1\r\nHost: t\r\n\r\n");
  client.until("<p>");
  EXPECT_EQ(client.count("ontent-"), 3u) << "Length, Type-Options and one Security-Policy: " << client.received;
  EXPECT_NE(client.received.find("default-src 'self'"), std::string::npos);
}

TEST_F(HttpServerTest, AThrowingHandlersAnswerIsSecuredToo) {
  start();
  auto client = connect();
  client.send("GET /throw HTTP/1.1\r\nHost: t\r\n\r\n");
  client.until("processed.");
  expect_secured(client.received);
}

TEST_F(HttpServerTest, AClientThatIsStillSendingGetsItsRefusal) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 4000000\r\n\r\n");
  client.send(std::string(4'000'000, 'x'));
  EXPECT_EQ(client.until_closed().substr(9, 3), "413");
}

TEST_F(HttpServerTest, AHandlerThatThrowsIsA500AndTheNextRequestIsServed) {
  start();
  auto client = connect();
  client.send("GET /throw HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_EQ(client.until("error: ").substr(9, 3), "500");
  client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_NE(client.until("from 127.0.0.1").find("GET /a"), std::string::npos);
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_NE(logged[0].find("handler_threw"), std::string::npos);
}

TEST_F(HttpServerTest, AHeaderThatWouldBreakTheFramingIsLeftOut) {
  start();
  auto client = connect();
  client.send("GET /inject HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto& got = client.until("\r\n\r\nok");
  EXPECT_EQ(got.find("Set-Cookie"), std::string::npos);
  EXPECT_NE(got.find("X-Good: c"), std::string::npos);
}

TEST_F(HttpServerTest, FinishedLinesGoOutBehindTheHeaders) {
  start();
  auto client = connect();
  client.send("GET /lines HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_TRUE(client.until("told").starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-One: 1\r\nX-Two: a b\r\nContent-Length: 4\r\n"));
  Response response = plain(200, "");
  response.lines = "X-One: 1\r\nX-Two: a b\r\ncontent-type: other\r\n";
  EXPECT_EQ(response.header("x-two"), "a b");
  EXPECT_EQ(response.header("Content-Type"), "text/plain");
  EXPECT_FALSE(response.header("X"));
}

TEST_F(HttpServerTest, BodiesOfAllSizesComeWhole) {  // small ones leave in one piece with their head
  start();
  auto client = connect();
  for (const std::size_t size : {0, 1, 4096, 4097, 70000}) {
    client.received.clear();
    client.send("GET /sized/" + std::to_string(size) + " HTTP/1.1\r\nHost: t\r\n\r\n");
    const auto& got = client.until("keep-alive\r\n\r\n" + std::string(size, 's'));
    EXPECT_NE(got.find("\r\nContent-Length: " + std::to_string(size) + "\r\n"), std::string::npos);
  }
}

TEST_F(HttpServerTest, AClientThatClosedItsSideIsStillAnswered) {
  start();
  auto client = connect();
  client.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  client.half_close();
  client.wait([&] { return paths.size() == 1; });
  turn(6s);
  EXPECT_NE(client.until_closed().find("GET /slow"), std::string::npos);
}

TEST_F(HttpServerTest, AnIdleConnectionIsClosedInSilence) {
  start({.idle = 10s});
  auto client = connect();
  client.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto before = client.until("from 127.0.0.1");
  turn(9s);
  client.look();
  EXPECT_FALSE(client.closed);
  turn(2s);
  EXPECT_EQ(client.until_closed(), before);
}

TEST_F(HttpServerTest, ADrippingHeadAndADrippingBodyAreToldThatTheyAreLate) {
  start({.head_timeout = 3s, .body_timeout = 3s});
  auto head = connect();
  auto body = connect();
  body.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n");
  head.send("G");
  for (int i = 0; i < 5 && !head.closed && !body.closed; ++i) {  // a byte a second does not win time
    turn(1s);
    head.send("E");
    body.send("x");
    head.look();
    body.look();
  }
  EXPECT_EQ(head.until("late").substr(0, 12), "HTTP/1.1 408") << head.received;
  EXPECT_EQ(body.until("late").substr(0, 12), "HTTP/1.1 408") << body.received;
  EXPECT_TRUE(paths.empty());
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsCut) {
  start({.write_timeout = 3s});
  {
    auto client = connect();
    client.send("GET /big HTTP/1.1\r\nHost: t\r\n\r\n");
    while (paths.empty()) loops.context(0).poll();
    turn(4s);
    while (server->connections() > 0) loops.context(0).poll();
    client.until_closed();
    EXPECT_LT(client.received.size(), 64u << 20);
  }
}

TEST_F(HttpServerTest, AnAbandonedConnectionLeavesNothingBehind) {
  start();
  {
    auto client = connect();
    client.send("POST /x HTTP/1.1\r\nHost: t\r\nContent-Length: 50\r\n\r\nhalf");
    EXPECT_EQ(server->connections(), 1u);
  }
  while (server->connections() > 0) {
    loops.context(0).restart();
    loops.context(0).poll();
  }
  EXPECT_TRUE(paths.empty());
}

TEST_F(HttpServerTest, OneConnectionTooManyIsTurnedAway) {
  start({.max_connections = 1});
  auto first = connect();
  first.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  first.until("from 127.0.0.1");
  auto second = connect();
  EXPECT_EQ(second.until_closed().substr(9, 3), "503");
  expect_secured(second.received);
  first.send("GET /b HTTP/1.1\r\nHost: t\r\n\r\n");
  EXPECT_NE(first.until("GET /b").find("GET /b"), std::string::npos);
}

TEST_F(HttpServerTest, StopClosesIdleOnesAndFinishesWhatIsInFlight) {
  start();
  auto idle = connect();
  idle.send("GET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  idle.until("from 127.0.0.1");
  auto busy = connect();
  busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  busy.wait([&] { return paths.size() == 2; });
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 20s), [&](std::exception_ptr) { stopped = true; });
  turn(1s);
  idle.until_closed();
  EXPECT_FALSE(stopped);
  turn(5s);
  EXPECT_TRUE(stopped);
  EXPECT_NE(busy.until_closed().find("Connection: close"), std::string::npos);
  EXPECT_NE(busy.received.find("GET /slow"), std::string::npos);
  asio::io_context own;
  tcp::socket late(own);
  asio::error_code failed;
  late.connect({asio::ip::address_v4::loopback(), port}, failed);
  EXPECT_EQ(failed, asio::error::connection_refused);
}

TEST_F(HttpServerTest, StopCutsWhatOutlivesTheDeadline) {
  start();
  auto busy = connect();
  busy.send("GET /slow HTTP/1.1\r\nHost: t\r\n\r\n");
  busy.wait([&] { return paths.size() == 1; });
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 1s), [&](std::exception_ptr) { stopped = true; });
  turn(1100ms);
  EXPECT_TRUE(stopped);
  EXPECT_EQ(server->connections(), 0u);
  EXPECT_EQ(busy.until_closed(), "");
}

TEST_F(HttpServerTest, AddressesThatCannotBeServedAreNamed) {
  start();
  HttpServer other(loops, timers, {}, [this](Request& r) { return handle(r); }, [](int s, std::string_view w) { return plain(s, w); });
  EXPECT_EQ(other.listen("not-an-address", 0).error().code, engine::Errc::kMalformed);
  EXPECT_EQ(other.listen("127.0.0.1", port).error().code, engine::Errc::kUnavailable);
}

Task<Response> echo_path(Request& request) { co_return Response{200, {}, request.path, false}; }

TEST(HttpServerThreads, EveryLoopServesTheSamePort) {
  engine::Loops loops(2);
  engine::SystemTimers timers;
  HttpServer server(loops, timers, {}, echo_path, [](int s, std::string_view w) { return plain(s, w); });
  const auto port = server.listen("127.0.0.1", 0).value();
  HttpServer other(loops, timers, {}, echo_path, [](int s, std::string_view w) { return plain(s, w); });
  EXPECT_FALSE(other.listen("127.0.0.1", port)) << "a second server must not share the port unnoticed";
  loops.run();
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      asio::io_context own;
      tcp::socket socket(own);
      socket.connect({asio::ip::address_v4::loopback(), port});
      std::string got;
      for (int i = 0; i < 50; ++i) {
        const auto path = "/" + std::to_string(c) + "." + std::to_string(i) + ";";
        asio::write(socket, asio::buffer("GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n"));
        asio::read_until(socket, asio::dynamic_buffer(got), path);
        right += got.ends_with(path);
        got.clear();
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(right, 400);
  std::promise<void> stopped;
  asio::co_spawn(loops.executor(0), server.stop(timers.now() + 5s), [&](std::exception_ptr) { stopped.set_value(); });
  stopped.get_future().get();
  EXPECT_EQ(server.connections(), 0u);
}

}  // namespace
