// HTTP over TLS from the outside: what a client gets, what it cannot get, and what it costs others.
#include <gtest/gtest.h>

#include <deque>

#include "engine/net/body_stream.h"
#include "engine/net/http_server.h"
#include "engine/net/tls_listener.h"
#include "tests/engine/loop_client.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_timers.h"
#include "tests/support/tls_client.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;
using engine::Task;
using test::TlsClient;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: t\r\n\r\n";

/// Two pieces; the second comes when it is let go, or never.
class TwoPieces final : public BodyStream {
 public:
  TwoPieces(test::FakeTimers& timers, bool torn) : timers_(timers), torn_(torn) {}
  Task<void> produce(BodyWriter& out) override {
    co_await out.write("first");
    co_await timers_.sleep_until(timers_.now() + 1s);
    if (torn_) throw std::runtime_error("torn");
    co_await out.write(std::string(100'000, 's'));
  }

 private:
  test::FakeTimers& timers_;
  bool torn_;
};

class TlsServerTest : public testing::Test {
 protected:
  std::shared_ptr<const TlsIdentity> identity(const test::Issued& issued, const std::string& client_ca = {}) {
    TlsMaterial material;
    material.chain = issued.certificate + authority.certificate();
    material.key = engine::Secret(issued.key);
    material.client_ca = client_ca;
    auto made = TlsIdentity::make(material);
    EXPECT_TRUE(made) << made.error().detail;
    return *made;
  }
  void start(ServerLimits limits = {}, const std::string& client_ca = {}) {
    auto handler = [this](Request& request) { return handle(request); };
    server = std::make_unique<HttpServer>(loops, timers, limits, handler, [](int status, std::string_view why) {
      return Response{status, {}, std::string(why), false};
    });
    listener = std::make_shared<TlsListener>(identity(first, client_ca));
    port = server->listen("127.0.0.1", 0, listener).value();
  }
  Task<Response> handle(Request& request) {
    if (request.path == "/big") co_return Response{200, {}, std::string(8 << 20, 'b') + "end", false};
    if (request.path == "/stream" || request.path == "/torn") {
      Response response;
      response.stream = std::make_shared<TwoPieces>(timers, request.path == "/torn");
      co_return response;
    }
    if (request.path == "/wait") {
      bool told = false;
      asio::steady_timer bell(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      const auto wake = [&] {
        told = true;
        bell.cancel();
      };
      const Listening listening(request.interruption, wake);
      if (!told) co_await bell.async_wait(engine::kTuple);
      ++interrupted;
      co_return Response{200, {}, "interrupted", false};
    }
    co_return Response{200, {}, "served " + request.path + " [" + std::to_string(request.body.size()) + "] to " + request.peer_address, false};
  }
  test::TlsWishes trusting() const { return {.authority = authority.certificate(), .certificate = {}, .key = {}, .protocols = {}, .version = {}, .now = 0}; }
  TlsClient& connect(const test::TlsWishes& wishes = {}) { return clients.emplace_back(loops.context(0), port, wishes); }
  /// One whose handshake is done.
  TlsClient& greet(const test::TlsWishes& wishes) {
    auto& client = connect(wishes);
    EXPECT_TRUE(client.shake_hands());
    return client;
  }
  void turn(std::chrono::milliseconds time) { timers.run_for(loops.context(0), time); }
  void expect_served() {
    auto& client = greet(trusting());
    client.send(kGet);
    EXPECT_NE(client.until("to 127.0.0.1").find("served /a"), std::string::npos);
    client.cut();
  }

  test::TestAuthority authority;
  test::Issued first = authority.issue("localhost"), second = authority.issue("localhost");
  test::FakeTimers timers;
  engine::Loops loops{1};
  std::unique_ptr<HttpServer> server;
  std::shared_ptr<TlsListener> listener;
  std::deque<TlsClient> clients;
  std::uint16_t port = 0;
  int interrupted = 0;
};

TEST_F(TlsServerTest, ServesTls13WithItsProtocolAndSaysToStayWithIt) {
  start();
  auto wishes = trusting();
  wishes.protocols = {"h2", "http/1.1"};
  auto& client = greet(wishes);
  EXPECT_EQ(client.protocol_version(), "TLSv1.3");
  EXPECT_EQ(client.application_protocol(), "http/1.1");
  EXPECT_EQ(client.server_certificate(), first.certificate);
  for (int i = 0; i < 3; ++i) client.send(kGet);
  client.wait([&] { return client.received.find("to 127.0.0.1") != client.received.rfind("to 127.0.0.1"); });
  EXPECT_NE(client.received.find("\r\nStrict-Transport-Security: max-age=31536000\r\n"), std::string::npos) << client.received;
  EXPECT_FALSE(client.may_resume()) << "no tickets: no keys of theirs to lose";
}

TEST_F(TlsServerTest, Tls12IsServedWithForwardSecrecyAndNothingOlder) {
  start();
  auto wishes = trusting();
  wishes.version = "1.2";
  auto& client = greet(wishes);
  EXPECT_EQ(client.protocol_version(), "TLSv1.2");
  EXPECT_TRUE(client.cipher().starts_with("ECDHE-")) << client.cipher();
  EXPECT_TRUE(client.cipher().find("GCM") != std::string::npos || client.cipher().find("CHACHA20") != std::string::npos) << client.cipher();
  client.send(kGet);
  EXPECT_NE(client.until("to 127").find("served /a"), std::string::npos);
  EXPECT_FALSE(client.may_resume());
  wishes.version = "1.1";
  EXPECT_FALSE(connect(wishes).shake_hands());
  expect_served();
}

TEST_F(TlsServerTest, RenegotiationIsRefused) {
  start();
  auto wishes = trusting();
  wishes.version = "1.2";
  auto& client = greet(wishes);
  EXPECT_FALSE(client.ask_to_renegotiate());
  expect_served();
}

TEST_F(TlsServerTest, AClientThatSpeaksOnlyOtherProtocolsIsRefused) {
  start();
  auto wishes = trusting();
  wishes.protocols = {"h2"};
  EXPECT_FALSE(connect(wishes).shake_hands());
  expect_served();
}

TEST_F(TlsServerTest, MuchGoesBothWays) {
  start();
  auto& client = greet(trusting());
  client.send("POST /up HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n" + std::string(1 << 20, 'u'));
  client.until("to 127.0.0.1");
  EXPECT_NE(client.received.find("[1048576]"), std::string::npos);
  client.received.clear();
  client.send("GET /big HTTP/1.1\r\nHost: t\r\n\r\nGET /a HTTP/1.1\r\nHost: t\r\n\r\n");
  client.until("served /a");
  const auto body = client.received.find("\r\n\r\n") + 4;
  EXPECT_EQ(client.received.find("end"), body + (8 << 20));
  EXPECT_EQ(client.received.find_first_not_of('b', body), body + (8 << 20)) << "no byte lost or doubled where the socket was full";
}

TEST_F(TlsServerTest, ManyRequestsInOneRecordAreAllAnswered) {
  start({.max_pipelined = 3});
  auto& client = greet(trusting());
  std::string all;
  for (int i = 0; i < 200; ++i) all += kGet;
  all += "GET /last HTTP/1.1\r\nHost: t\r\n\r\n";
  client.send(all);
  EXPECT_NE(client.until("served /last").find("served /last"), std::string::npos);
}

TEST_F(TlsServerTest, AStreamArrivesPieceByPieceAndItsEndIsToldFromATear) {
  start();
  auto& whole = greet(trusting());
  whole.send("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_NE(whole.until("first").find("first"), std::string::npos);
  turn(2s);
  whole.until_closed();
  EXPECT_TRUE(whole.received.ends_with(std::string(100'000, 's')));
  EXPECT_TRUE(whole.goodbye);
  auto& torn = greet(trusting());
  torn.send("GET /torn HTTP/1.0\r\n\r\n");
  torn.until("first");
  turn(2s);
  torn.until_closed();
  EXPECT_FALSE(torn.goodbye) << "without a length only the goodbye tells that this is not all";
}

TEST_F(TlsServerTest, AWaitEndsWhenTheClientLeavesHoweverItLeaves) {
  start();
  auto& polite = greet(trusting());
  polite.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\nGET /behind HTTP/1.1\r\nHost: t\r\n\r\n");
  for (int i = 0; i < 10; ++i) polite.look();
  EXPECT_EQ(interrupted, 0) << "a request pipelined behind is no reason to stop";
  polite.say_goodbye();
  EXPECT_NE(polite.until("interrupted").find("interrupted"), std::string::npos) << "who only stopped sending still gets the answer";
  EXPECT_EQ(interrupted, 1);
  auto& gone = greet(trusting());
  gone.send("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n");
  gone.cut();
  while (interrupted < 2) test::FakeTimers::drain(loops.context(0));
}

TEST_F(TlsServerTest, PlainHttpIsToldWhereItIsInItsOwnWords) {
  start();
  test::Client client(loops.context(0), port);
  client.send("GET / HTTP/1.1\r\nHost: t\r\nX-Long: " + std::string(5000, 'x') + "\r\n\r\n");
  const auto& got = client.until("HTTPS.");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 Bad Request\r\n")) << got;
  EXPECT_NE(got.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_EQ(got.find("Strict-Transport-Security"), std::string::npos) << "RFC 6797 section 7.2: never without TLS";
  expect_served();
}

TEST_F(TlsServerTest, WhatIsNoHandshakeIsClosedAndCostsNobodyElse) {
  start();
  for (const std::string& bytes : {std::string("\x16\x03\x01\xff\xff"), std::string(10'000, '\xff'), std::string("SSH-2.0-x\r\n"), std::string(64, '\0'),
                                   std::string("\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", 10)}) {
    test::Client client(loops.context(0), port);
    client.send(bytes);
    client.half_close();
    client.until_closed();
    EXPECT_EQ(client.received.find("HTTP/"), std::string::npos);
    expect_served();
  }
  while (server->connections() > 0) test::FakeTimers::drain(loops.context(0));
}

TEST_F(TlsServerTest, AHandshakeThatNeverEndsIsCutAtItsDeadline) {
  start({.handshake_timeout = 10s});
  std::deque<test::Client> silent, slow;
  for (int i = 0; i < 10; ++i) silent.emplace_back(loops.context(0), port);
  for (int i = 0; i < 10; ++i) slow.emplace_back(loops.context(0), port);
  const std::string_view hello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00\x01\x02\x03\x04\x05", 17);
  for (std::size_t second = 0; second < 9; ++second) {
    for (auto& client : slow) client.push(hello.substr(second, 1));
    turn(1s);
    EXPECT_EQ(server->connections(), 20u);
    expect_served();
    test::FakeTimers::drain(loops.context(0));
  }
  turn(3s);
  for (auto& client : silent) EXPECT_EQ(client.until_closed(), "");
  for (auto& client : slow) EXPECT_EQ(client.until_closed(), "");
  while (server->connections() > 0) test::FakeTimers::drain(loops.context(0));
}

TEST_F(TlsServerTest, HandshakesCountAsConnections) {
  start({.max_connections = 2});
  test::Client one(loops.context(0), port), two(loops.context(0), port);
  while (server->connections() < 2) test::FakeTimers::drain(loops.context(0));
  EXPECT_FALSE(connect(trusting()).shake_hands());
  one.close();
  while (server->connections() > 1) test::FakeTimers::drain(loops.context(0));
  expect_served();
}

TEST_F(TlsServerTest, ANewIdentityIsForNewConnectionsAndOldOnesGoOn) {
  start();
  auto& old = greet(trusting());
  old.send(kGet);
  old.until("to 127.0.0.1");
  test::Client half_way(loops.context(0), port);
  half_way.push("\x16\x03\x01");
  while (server->connections() < 2) test::FakeTimers::drain(loops.context(0));
  listener->replace(identity(second));
  old.received.clear();
  old.send(kGet);
  EXPECT_NE(old.until("to 127.0.0.1").find("served /a"), std::string::npos);
  EXPECT_EQ(old.server_certificate(), first.certificate);
  auto& young = greet(trusting());
  EXPECT_EQ(young.server_certificate(), second.certificate);
  half_way.close();
}

TEST_F(TlsServerTest, AnIdleConnectionIsClosedWithAGoodbye) {
  start({.idle = 5s});
  auto& client = greet(trusting());
  turn(6s);
  client.until_closed();
  EXPECT_TRUE(client.goodbye);
}

TEST_F(TlsServerTest, TheDrainEndsIdleConnectionsAndHandshakes) {
  start();
  auto& idle = greet(trusting());
  test::Client silent(loops.context(0), port);
  while (server->connections() < 2) test::FakeTimers::drain(loops.context(0));
  bool stopped = false;
  asio::co_spawn(loops.context(0), server->stop(timers.now() + 10s), [&](std::exception_ptr) { stopped = true; });
  turn(100ms);
  EXPECT_TRUE(stopped);
  EXPECT_EQ(silent.until_closed(), "");
  idle.until_closed();
  EXPECT_TRUE(idle.goodbye);
}

TEST_F(TlsServerTest, AClientMustShowACertificateOfTheRightAuthority) {
  const test::TestAuthority clients_authority("Clients"), stranger("Clients");
  start({}, clients_authority.certificate());
  auto wishes = trusting();
  EXPECT_FALSE(connect(wishes).shake_hands());
  for (const auto* version : {"1.2", "1.3"}) {
    wishes.version = version;
    const auto bad = stranger.issue("client");
    wishes.certificate = bad.certificate;
    wishes.key = bad.key;
    EXPECT_FALSE(connect(wishes).shake_hands());
    const auto good = clients_authority.issue("client");
    wishes.certificate = good.certificate;
    wishes.key = good.key;
    auto& client = connect(wishes);
    ASSERT_TRUE(client.shake_hands()) << version;
    client.send(kGet);
    EXPECT_NE(client.until("to 127").find("served /a"), std::string::npos);
    const auto late = clients_authority.issue("client", {.from = timers.wall_now() - 48h, .until = timers.wall_now() - 24h});
    wishes.certificate = late.certificate;
    wishes.key = late.key;
    EXPECT_FALSE(connect(wishes).shake_hands()) << "expired for the server's clock";
    timers.set_wall(timers.wall_now() - 36h);
    EXPECT_TRUE(connect(wishes).shake_hands()) << "and valid when that says so";
    timers.set_wall(timers.wall_now() + 36h);
  }
}

TEST_F(TlsServerTest, TwoServersOfOneProcessHaveNothingInCommon) {
  start();
  HttpServer plain(loops, timers, {}, [this](Request& request) { return handle(request); }, [](int status, std::string_view) { return Response{status, {}, "", false}; });
  const auto plain_port = plain.listen("127.0.0.1", 0).value();
  test::Client client(loops.context(0), plain_port);
  client.send(kGet);
  EXPECT_EQ(client.until("to 127.0.0.1").find("Strict-Transport-Security"), std::string::npos);
  expect_served();
}

TEST(TlsIdentity, WhatIsWrongIsNamedWithItsFile) {
  const test::TestAuthority authority;
  const auto good = authority.issue("localhost"), other = authority.issue("localhost");
  const auto weak = test::self_signed_rsa("localhost", 1024);
  const auto strong = test::self_signed_rsa("localhost", 2048);
  struct Case {
    std::string chain, key, client_ca;
    std::string_view file, words;
  };
  const std::string torn = good.certificate.substr(0, good.certificate.size() / 2);
  for (const auto& c : {Case{"", good.key, "", "chain.pem", "no certificate"}, Case{"not PEM", good.key, "", "chain.pem", "no certificate"},
                        Case{torn, good.key, "", "chain.pem", "unreadable"}, Case{good.certificate + torn, good.key, "", "chain.pem", "unreadable"},
                        Case{good.certificate, "", "", "key.pem", "no private key"}, Case{good.certificate, other.key, "", "key.pem", "does not belong"},
                        Case{good.certificate, test::encrypted(good.key, "secret"), "", "key.pem", "password"}, Case{weak.certificate, weak.key, "", "chain.pem", "small"},
                        Case{good.certificate, good.key, "nothing", "clients.pem", "no certificate"}}) {
    TlsMaterial material{c.chain, engine::Secret(c.key), c.client_ca, "chain.pem", "key.pem", "clients.pem"};
    const auto made = TlsIdentity::make(material);
    ASSERT_FALSE(made) << c.words;
    EXPECT_EQ(made.error().code, engine::Errc::kMalformed);
    EXPECT_TRUE(made.error().detail.starts_with(std::string(c.file) + ": ")) << made.error().detail;
    EXPECT_NE(made.error().detail.find(c.words), std::string::npos) << made.error().detail;
  }
  EXPECT_TRUE(TlsIdentity::make({strong.certificate, engine::Secret(strong.key), "", "", "", ""}));
}

TEST(TlsIdentity, AChainIsGoodAsLongAsAllOfItIs) {
  const test::TestAuthority authority;
  const auto at = [](int day) { return std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + std::chrono::days(day); };
  const auto leaf = authority.issue("leaf.test", {.from = at(0), .until = at(20)}), issuer = authority.issue("issuer.test", {.from = at(5), .until = at(10)});
  const auto facts = inspect_certificates(leaf.certificate + issuer.certificate, "chain.pem");
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->subject, "CN=leaf.test");
  EXPECT_EQ(facts->count, 2u);
  EXPECT_EQ(facts->not_before, at(5));
  EXPECT_EQ(facts->not_after, at(10));
}

}  // namespace
