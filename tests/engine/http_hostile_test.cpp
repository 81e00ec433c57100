// Clients that mean harm, or know no better: an error or a limit, never a stall of others.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <deque>

#include "engine/net/http_server.h"
#include "engine/net/validation.h"
#include "tests/engine/loop_client.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;
using engine::Task;
using test::Client;

Task<Response> echo(Request& request) { co_return Response{200, {}, "path " + request.path, false}; }

class HostileClientTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    server = std::make_unique<HttpServer>(loops, timers, limits, echo, [](int status, std::string_view why) {
      return Response{status, {}, std::string(why), false};
    });
    port = server->listen("127.0.0.1", 0).value();
  }
  Client connect() { return Client(loops.context(0), port); }
  int status_of(std::string_view bytes) {
    auto client = connect();
    client.send(bytes);
    client.until("\r\n\r\n");
    return client.received.size() > 12 ? std::stoi(client.received.substr(9, 3)) : 0;
  }
  void expect_served() { EXPECT_EQ(status_of("GET /others HTTP/1.1\r\nHost: t\r\n\r\n"), 200); }

  test::FakeTimers timers;
  engine::Loops loops{1};
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
};

TEST_F(HostileClientTest, AHeadBeyondItsLimitIsRefusedHoweverItIsMade) {
  start();
  const std::string begin = "GET / HTTP/1.1\r\nHost: t\r\n";
  EXPECT_EQ(status_of(begin + "X: " + std::string(60 * 1024, 'x') + "\r\n\r\n"), 200);
  EXPECT_EQ(status_of(begin + "X: " + std::string(64 * 1024, 'x') + "\r\n\r\n"), 431);
  std::string many = begin;
  for (int i = 0; i < 200; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(status_of(many + "\r\n"), 431);
  EXPECT_EQ(status_of("GET /?q=" + std::string(1 << 20, 'q') + " HTTP/1.1\r\nHost: t\r\n\r\n"), 431);
  EXPECT_EQ(status_of(begin + std::string(1 << 20, 'n')), 431);
  expect_served();
}

TEST_F(HostileClientTest, ATargetBeyondItsLimitIsRefused) {
  start();
  EXPECT_EQ(status_of("GET /?" + std::string(16 * 1024 - 2, 'q') + " HTTP/1.1\r\nHost: t\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET /?" + std::string(16 * 1024 - 1, 'q') + " HTTP/1.1\r\nHost: t\r\n\r\n"), 414);
  expect_served();
}

TEST_F(HostileClientTest, ABodyThatOnlyDripsIsGivenUpLongBeforeItsTimeIsOver) {
  start({.body_timeout = 3600s, .body_bytes_per_second = 100});
  auto slow = connect(), steady = connect();
  for (auto* client : {&slow, &steady}) client->send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5000\r\n\r\n");
  for (int second = 0; second < 49; ++second) {
    slow.push(std::string(second < 3 ? 0 : 99, 'x'));  // behind from the start, and never catches up
    steady.push(std::string(101, 'x'));
    timers.run_for(loops.context(0), 1s);
    if (second == 3) {
      EXPECT_EQ(slow.received, "") << "the first seconds are not judged";
    }
    expect_served();
  }
  EXPECT_EQ(slow.until_closed().substr(9, 3), "408");
  EXPECT_EQ(steady.received, "");
  steady.send(std::string(100, 'x'));
  EXPECT_EQ(steady.until("path").substr(9, 3), "200");
}

TEST_F(HostileClientTest, WithoutAMinimumSpeedOnlyTheTimeCounts) {
  start({.body_timeout = 60s, .body_bytes_per_second = 0});
  auto slow = connect();
  slow.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 50\r\n\r\n");
  timers.run_for(loops.context(0), 59s);
  slow.look();
  EXPECT_EQ(slow.received, "");
  timers.run_for(loops.context(0), 2s);
  EXPECT_EQ(slow.until_closed().substr(9, 3), "408");
}

TEST_F(HostileClientTest, SlowClientsAreToldAndOthersAreServedMeanwhile) {
  start({.head_timeout = 10s});
  std::deque<Client> slow;
  for (int i = 0; i < 50; ++i) slow.push_back(connect());
  const std::string_view request = "GET / HTTP/1.1\r\nHost: t\r\nX-Much: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  for (std::size_t second = 0; second < 12; ++second) {  // a byte a second each
    for (auto& client : slow) client.push(request.substr(second, 1));
    timers.run_for(loops.context(0), 1s);
    expect_served();
  }
  for (auto& client : slow) EXPECT_EQ(client.until_closed().substr(9, 3), "408");
}

TEST_F(HostileClientTest, ThousandsOfIdleConnectionsDoNotHoldUpOthers) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
  (void)getrlimit(RLIMIT_NOFILE, &limit);
  const auto pairs = std::min<rlim_t>(10'000, (limit.rlim_cur - 200) / 2);  // both ends are ours
  start({.max_connections = 20'000, .idle = 60s});
  asio::io_context own;
  std::vector<asio::ip::tcp::socket> idle;
  for (rlim_t i = 0; i < pairs; ++i) {
    idle.emplace_back(own).connect({asio::ip::address_v4::loopback(), port});
    if (i % 256 == 0) test::FakeTimers::drain(loops.context(0));
  }
  while (server->connections() < pairs) test::FakeTimers::drain(loops.context(0));
  for (int i = 0; i < 100; ++i) expect_served();
  timers.run_for(loops.context(0), 61s);
  while (server->connections() > 0) test::FakeTimers::drain(loops.context(0));
  expect_served();
}

TEST_F(HostileClientTest, EscapesThatAreNoTextReachTheHandlerAsBytes) {
  start();
  EXPECT_EQ(status_of("GET /%FF%FE?x=%FF%00 HTTP/1.1\r\nHost: t\r\n\r\n"), 200);
  EXPECT_EQ(status_of("GET /%00 HTTP/1.1\r\nHost: t\r\n\r\n"), 400);
  expect_served();
}

TEST(HostileQuery, AsManyParametersAsAHeadCanHoldAreReadInNoTime) {
  std::string query;
  for (int i = 0; query.size() < 63 * 1024; ++i) query += (query.empty() ? "" : "&") + std::to_string(i);
  query += "&limit=1&limit=2&x[]=a&x[]=b";
  const auto sent = sent_in_query(query);
  EXPECT_GT(sent.size(), 5000u);
  std::string limit, x;
  for (const auto& value : sent) {
    if (value.name == "limit") limit += value.text;
    if (value.name == "x") x += value.text;
  }
  EXPECT_EQ(limit, "2") << "the last one wins, and stands once";
  EXPECT_EQ(x, "a,b");
}

TEST(HostileBody, OfRepeatedMembersTheLastOneCounts) {
  const auto sent = sent_in_body(R"({"a":1,"b":2,"a":{"c":3}})");
  ASSERT_TRUE(sent);
  ASSERT_EQ(sent->size(), 2u);
  EXPECT_EQ((*sent)[0].text, R"({"c":3})");
  EXPECT_TRUE((*sent)[0].array);
  std::string deep(5000, '[');
  EXPECT_FALSE(sent_in_body(deep + std::string(5000, ']')));
}

}  // namespace
