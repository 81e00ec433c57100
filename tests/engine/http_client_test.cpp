#include "engine/net/http_client.h"

#include <gtest/gtest.h>

#include <asio/ssl.hpp>
#include <deque>
#include <fstream>

#include "engine/net/wire.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;
using asio::ip::tcp;
using engine::Errc;
using engine::Result;
using engine::Task;

// What the receiver does with one request.
struct Act {
  std::string answer;       // raw bytes
  bool close = false;       // after the answer
  bool hang = false;        // keep the connection open and say nothing more
  bool read_request = true;
};

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// A receiver over a real socket that plays a script, one act a request, whatever the connection.
class Receiver {
 public:
  explicit Receiver(asio::io_context& loop, std::deque<Act> acts) : acts(std::move(acts)), acceptor_(loop, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(loop, accept(), asio::detached);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::deque<Act> acts;
  std::vector<std::string> requests;
  int connections = 0;

 private:
  Task<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(engine::kTuple);
      if (failed) co_return;
      ++connections;
      asio::co_spawn(acceptor_.get_executor(), converse(std::move(socket)), asio::detached);
    }
  }
  Task<void> converse(tcp::socket socket) {
    for (std::string in; !acts.empty();) {
      if (acts.front().read_request && !co_await read_request(socket, in)) co_return;
      const Act act = acts.front();
      acts.pop_front();
      co_await asio::async_write(socket, asio::buffer(act.answer), engine::kTuple);
      if (act.close) co_return;
      if (act.hang) co_await socket.async_wait(tcp::socket::wait_error, engine::kTuple);
    }
    co_await socket.async_wait(tcp::socket::wait_error, engine::kTuple);
  }
  Task<bool> read_request(tcp::socket& socket, std::string& in) {
    for (;;) {
      const auto head = in.find("\r\n\r\n");
      if (head != std::string::npos && in.size() >= head + 4 + length(in)) {
        requests.push_back(in.substr(0, head + 4 + length(in)));
        in.erase(0, head + 4 + length(in));
        co_return true;
      }
      char block[4096];
      const auto [failed, n] = co_await socket.async_read_some(asio::buffer(block), engine::kTuple);
      if (failed) co_return false;
      in.append(block, n);
    }
  }
  static std::size_t length(const std::string& in) {
    const auto at = in.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(in.substr(at + 16));
  }
  tcp::acceptor acceptor_;
};

class HttpClientTest : public testing::Test {
 protected:
  void play(std::deque<Act> acts) { receiver = std::make_unique<Receiver>(loop, std::move(acts)); }
  HttpClient& client(ClientLimits limits = {}, ClientTls tls = {}) {
    if (!client_) client_ = std::make_unique<HttpClient>(loop.get_executor(), timers, DialPolicy{.allow_private = true, .allow = {}}, limits, std::move(tls), "probe/1");
    return *client_;
  }
  /// Posts and turns the loop until the answer is there; `step` of fake time passes each time nothing else is left to do.
  Result<OutboundResponse> post(std::string_view body = "{}", std::chrono::milliseconds step = 0ms) { return post_to("http://127.0.0.1:" + std::to_string(receiver->port()) + "/in?x=1", body, step); }
  Result<OutboundResponse> post_to(const std::string& text, std::string_view body, std::chrono::milliseconds step) {
    const auto url = parse_url(text).value();
    const std::vector<Header> headers{{"Content-Type", "application/json"}};
    std::optional<Result<OutboundResponse>> result;
    asio::co_spawn(loop, client().post({.url = &url, .headers = headers, .body = body, .connect_timeout = 2s, .first_byte_timeout = first_byte_timeout, .total_timeout = 5s, .max_response_bytes = 65536}),
                   [&](std::exception_ptr thrown, Result<OutboundResponse> r) {
                     EXPECT_FALSE(thrown);
                     result.emplace(std::move(r));
                   });
    const auto start = timers.now();
    while (!result) {
      test::FakeTimers::drain(loop);
      if (step > 0ms && !result) timers.run_for(loop, step);
    }
    took = timers.now() - start;
    return std::move(*result);
  }
  // Every name is at the next of these addresses; 127.0.0.1 is listed, and nothing else is.
  void resolves_to(std::deque<std::string> answers, ClientTls tls = {}) {
    const Resolve resolve = [answers](std::string, std::uint16_t port) mutable -> Task<Result<std::vector<tcp::endpoint>>> {
      std::vector<tcp::endpoint> found{{asio::ip::make_address(answers.front()), port}};
      if (answers.size() > 1) answers.pop_front();
      co_return found;
    };
    client_ = std::make_unique<HttpClient>(loop.get_executor(), timers, DialPolicy{.allow_private = false, .allow = {*parse_cidr("127.0.0.1")}}, ClientLimits{}, std::move(tls), "probe/1", resolve);
  }
  Errc error(std::chrono::milliseconds step = 0ms) {
    const auto result = post("{}", step);
    return result ? (ADD_FAILURE() << "got " << result->status, Errc::kConflict) : result.error().code;
  }

  asio::io_context loop;
  test::FakeTimers timers;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<HttpClient> client_;
  engine::MonoTime::duration took{};
  std::chrono::milliseconds first_byte_timeout{0};
};

TEST_F(HttpClientTest, SendsOneWholeRequest) {
  play({{.answer = kOk}});
  const auto answer = post("{\"a\":1}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(receiver->requests.at(0), "POST /in?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver->port()) +
                                          "\r\nContent-Length: 7\r\nContent-Type: application/json\r\nUser-Agent: probe/1\r\n\r\n{\"a\":1}");
}

TEST_F(HttpClientTest, AGetHasNoBodyAndSharesTheConnections) {
  play({{.answer = kOk}, {.answer = kOk}});
  ASSERT_TRUE(post());
  const auto url = parse_url("http://127.0.0.1:" + std::to_string(receiver->port()) + "/out?x=1").value();
  std::optional<Result<OutboundResponse>> result;
  asio::co_spawn(loop, client().get({.url = &url, .headers = {}, .body = "not sent"}), [&](std::exception_ptr, Result<OutboundResponse> r) { result.emplace(std::move(r)); });
  while (!result) test::FakeTimers::drain(loop);
  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->body, "ok");
  EXPECT_EQ(receiver->requests.at(1), "GET /out?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(receiver->port()) + "\r\nUser-Agent: probe/1\r\n\r\n");
  EXPECT_EQ(receiver->connections, 1);
}

TEST_F(HttpClientTest, KeepsTheConnectionForTheNextRequest) {
  play({{.answer = kOk}, {.answer = "HTTP/1.1 204 No Content\r\n\r\n"}, {.answer = "HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n.\r\n0\r\n\r\n"}, {.answer = kOk}});
  for (const int status : {200, 204, 500, 200}) EXPECT_EQ(post()->status, status);
  EXPECT_EQ(receiver->connections, 1);
  EXPECT_EQ(client().idle_connections(), 1u);
}

TEST_F(HttpClientTest, ABodyOfMegabytesArrivesWhole) {
  play({{.answer = kOk}});
  const std::string body(5 << 20, 'z');
  ASSERT_TRUE(post(body));
  EXPECT_TRUE(receiver->requests.at(0).ends_with("\r\n\r\n" + body));
}

TEST_F(HttpClientTest, BodiesOfAllSizesArriveWholeOnOneConnection) {  // small ones leave in one piece with their head
  play({{.answer = kOk}, {.answer = kOk}, {.answer = kOk}, {.answer = kOk}});
  const std::vector<std::size_t> sizes{0, 4096, 4097, 1};
  for (const auto size : sizes) ASSERT_TRUE(post(std::string(size, 'z')));
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_TRUE(receiver->requests.at(i).ends_with("\r\n\r\n" + std::string(sizes[i], 'z'))) << sizes[i];
    EXPECT_NE(receiver->requests.at(i).find("\r\nContent-Length: " + std::to_string(sizes[i]) + "\r\n"), std::string::npos);
  }
  EXPECT_EQ(receiver->connections, 1);
}

TEST_F(HttpClientTest, ADeadPooledConnectionIsReplacedWithoutTheCallerNoticing) {
  play({{.answer = kOk, .close = true}, {.answer = kOk}});
  ASSERT_TRUE(post());
  ASSERT_TRUE(post());
  EXPECT_EQ(receiver->connections, 2);
  EXPECT_EQ(receiver->requests.size(), 2u);
}

TEST_F(HttpClientTest, AFreshConnectionThatClosesIsAnError) {
  play({{.answer = "", .close = true}, {.answer = kOk}});
  EXPECT_EQ(error(), Errc::kUnavailable);
  EXPECT_EQ(receiver->requests.size(), 1u);  // no blind repeat
}

TEST_F(HttpClientTest, AnAnswerThatEndsEarlyIsNotRepeatedByUs) {
  play({{.answer = kOk}, {.answer = "HTTP/1.1 200 OK\r\nContent-Le", .close = true}, {.answer = kOk}});
  ASSERT_TRUE(post());
  EXPECT_EQ(error(), Errc::kUnavailable);
  EXPECT_EQ(receiver->requests.size(), 2u);
}

TEST_F(HttpClientTest, GarbageIsMalformed) {
  play({{.answer = "SSH-2.0-OpenSSH\r\n", .hang = true}});
  EXPECT_EQ(error(), Errc::kMalformed);
  EXPECT_EQ(client().idle_connections(), 0u);
}

TEST_F(HttpClientTest, SilenceTimesOutAtTheTotalTimeout) {
  play({{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", .hang = true}});
  EXPECT_EQ(error(10ms), Errc::kTimedOut);
  EXPECT_GE(took, 5s);
  EXPECT_LE(took, 5200ms);
}

TEST_F(HttpClientTest, SilenceTimesOutAtTheFirstByteTimeoutWhereThereIsOne) {
  play({{.answer = "", .hang = true}});
  first_byte_timeout = 300ms;
  const auto result = post("{}", 10ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kTimedOut);
  EXPECT_EQ(result.error().detail, "not a byte of an answer in time");
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 500ms);
}

TEST_F(HttpClientTest, AnAnswerThatHasBegunMayTakeTheWholeTime) {
  play({{.answer = "HTTP/1.1 200 OK\r\n", .hang = true}});
  first_byte_timeout = 300ms;
  const auto result = post("{}", 10ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "no whole answer in time");
  EXPECT_GE(took, 5s);
}

TEST_F(HttpClientTest, AHugeHeadIsCutAndItsStatusCounts) {
  play({{.answer = "HTTP/1.1 202 Accepted\r\nX-Filler: " + std::string(20'000, 'x') + "\r\nContent-Length: 0\r\n\r\n"}, {.answer = kOk}});
  const auto answer = post();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->status, 202);
  EXPECT_TRUE(post());
  EXPECT_EQ(client().connections_opened(), 2u);  // the rest of the head is not read
}

TEST_F(HttpClientTest, RedirectsAreAnswersLikeAnyOther) {
  Receiver elsewhere(loop, {{.answer = kOk}});
  const auto location = "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/";
  std::deque<Act> acts;
  for (const auto* status : {"301", "302", "303", "307", "308"}) acts.push_back({.answer = std::string("HTTP/1.1 ") + status + " Moved\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n"});
  play(acts);
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_EQ(post()->status, status);
  EXPECT_EQ(elsewhere.connections, 0);
}

TEST_F(HttpClientTest, AHugeAnswerIsCutAndItsStatusCounts) {
  play({{.answer = "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n" + std::string(100 << 20, 'x')}, {.answer = kOk}});
  const auto answer = post();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_LE(answer->body.size(), 65536u);
  EXPECT_EQ(client().idle_connections(), 0u);
}

TEST_F(HttpClientTest, BytesBehindTheAnswerEndTheConnection) {
  play({{.answer = kOk + "HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n"}, {.answer = kOk}});
  EXPECT_EQ(post()->status, 200);
  EXPECT_EQ(client().idle_connections(), 0u);
}

TEST_F(HttpClientTest, AnAnswerBeforeTheRequestWasReadCounts) {
  play({{.answer = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", .hang = true, .read_request = false}});
  EXPECT_EQ(post("{}")->status, 413);
}

TEST_F(HttpClientTest, IdleConnectionsAreClosedAfterTheirTime) {
  play({{.answer = kOk}, {.answer = kOk}});
  ASSERT_TRUE(post());
  timers.run_for(loop, 24s);
  EXPECT_EQ(client().idle_connections(), 1u);
  timers.run_for(loop, 2s);
  EXPECT_EQ(client().idle_connections(), 0u);
  EXPECT_EQ(timers.sleepers(), 0u);  // with nothing open nothing ticks
  ASSERT_TRUE(post());
  EXPECT_EQ(receiver->connections, 2);
}

TEST_F(HttpClientTest, ALateWordOnAnIdleConnectionIsNotTheNextAnswer) {
  play({{.answer = kOk}, {.answer = "HTTP/1.1 408 Late\r\nContent-Length: 0\r\n\r\n", .hang = true, .read_request = false}, {.answer = kOk}});
  ASSERT_TRUE(post());
  timers.run_for(loop, 3s);
  EXPECT_EQ(post()->status, 200);
}

TEST_F(HttpClientTest, NobodyListeningIsUnavailable) {
  play({});
  const auto port = receiver->port();
  test::FakeTimers::drain(loop);  // it has begun to accept; a coroutine that has not would wake without its object
  receiver.reset();
  test::FakeTimers::drain(loop);
  const auto result = post_to("http://127.0.0.1:" + std::to_string(port) + "/", "{}", 0ms);
  EXPECT_EQ(result.error().code, Errc::kUnavailable);
}

TEST_F(HttpClientTest, InnerAddressesAreDeniedUnlessAllowed) {
  play({{.answer = kOk}});
  client_ = std::make_unique<HttpClient>(loop.get_executor(), timers, DialPolicy{});
  EXPECT_EQ(error(), Errc::kDenied);
  EXPECT_EQ(receiver->connections, 0);
}

TEST_F(HttpClientTest, EveryNewConnectionAsksAndJudgesAnew) {
  play({{.answer = kOk, .close = true}, {.answer = kOk, .close = true}});
  resolves_to({"127.0.0.1", "127.0.0.2", "127.0.0.1"});
  const auto url = "http://rebound.example.test:" + std::to_string(receiver->port()) + "/";
  EXPECT_TRUE(post_to(url, "{}", 0ms));
  test::FakeTimers::drain(loop);
  client().close_idle();
  EXPECT_EQ(post_to(url, "{}", 0ms).error().code, Errc::kDenied);
  EXPECT_TRUE(post_to(url, "{}", 0ms));
  EXPECT_EQ(receiver->connections, 2);
}

// An authority whose certificate is in a file, and a certificate for `name` that it issued.
struct Certificates {
  explicit Certificates(const std::string& name) : leaf(authority.issue(name)) { std::ofstream(ca_file()) << authority.certificate(); }
  std::string ca_file() const { return directory.path() / "ca.pem"; }
  test::TemporaryDirectory directory;
  test::TestAuthority authority;
  test::Issued leaf;
};

// Answers two requests over TLS on one connection.
class TlsReceiver {
 public:
  TlsReceiver(asio::io_context& loop, const Certificates& certificates) : acceptor_(loop, {asio::ip::address_v4::loopback(), 0}), context_(asio::ssl::context::tls_server) {
    context_.use_certificate(asio::buffer(certificates.leaf.certificate), asio::ssl::context::pem);
    context_.use_private_key(asio::buffer(certificates.leaf.key), asio::ssl::context::pem);
    asio::co_spawn(loop, accept(), asio::detached);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  asio::ssl::context& context() { return context_; }
  std::string server_name, protocol, client;  // the last one's: SNI, ALPN, common name of its certificate
  int requests = 0;
  std::string answer = kOk;
  bool ends = false;  // after one answer, without a TLS goodbye

 private:
  Task<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(engine::kTuple);
      if (failed) co_return;
      asio::co_spawn(acceptor_.get_executor(), converse(std::move(socket)), asio::detached);
    }
  }
  Task<void> converse(tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context_);
    const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::server, engine::kTuple);
    if (refused) co_return;
    if (const char* sni = SSL_get_servername(stream.native_handle(), TLSEXT_NAMETYPE_host_name)) server_name = sni;
    const unsigned char* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(stream.native_handle(), &chosen, &size);
    protocol.assign(reinterpret_cast<const char*>(chosen), size);
    if (X509* shown = SSL_get0_peer_certificate(stream.native_handle())) {
      char name[64] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
      client = name;
    }
    for (std::string in;;) {
      const auto [failed, n] = co_await asio::async_read_until(stream, asio::dynamic_buffer(in), "{}", engine::kTuple);
      if (failed) co_return;
      in.erase(0, n);
      ++requests;
      co_await asio::async_write(stream, asio::buffer(answer), engine::kTuple);
      if (ends) co_return;
    }
  }
  tcp::acceptor acceptor_;
  asio::ssl::context context_;
};

TEST_F(HttpClientTest, TlsIsVerifiedAndTheNameIsTold) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  client({}, {.ca_file = certificates.ca_file()});
  const auto url = "https://localhost:" + std::to_string(tls.port()) + "/";
  for (int i = 0; i < 2; ++i) {
    const auto answer = post_to(url, "{}", 0ms);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_EQ(tls.server_name, "localhost");
  EXPECT_EQ(tls.requests, 2);
  EXPECT_EQ(client().connections_opened(), 1u);
}

TEST_F(HttpClientTest, ATlsConnectionKeepsItsBuffersWhileItIsUsedOften) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  client({}, {.ca_file = certificates.ca_file()});
  const auto url = "https://localhost:" + std::to_string(tls.port()) + "/";
  EXPECT_EQ(client().awake_connections(), 0u);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(post_to(url, "{}", 0ms));
    EXPECT_EQ(client().awake_connections(), 1u);
    timers.run_for(loop, 900ms);
    EXPECT_EQ(client().awake_connections(), 1u);
    timers.run_for(loop, 200ms);
    EXPECT_EQ(client().awake_connections(), 0u);
  }
  EXPECT_EQ(client().connections_opened(), 1u);
  ASSERT_TRUE(post_to(url, "{}", 0ms));
  client().close_idle();
  EXPECT_EQ(client().awake_connections(), 0u);
}

TEST_F(HttpClientTest, ATlsConnectionThatWaitsLongGivesItsBuffersBack) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  tls.answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnever whole";
  client({}, {.ca_file = certificates.ca_file()});
  const auto url = parse_url("https://localhost:" + std::to_string(tls.port()) + "/").value();
  std::optional<Result<OutboundResponse>> result;
  asio::co_spawn(loop, client().post({.url = &url, .headers = {}, .body = "{}", .connect_timeout = 2s, .total_timeout = 5s}),
                 [&](std::exception_ptr, Result<OutboundResponse> r) { result.emplace(std::move(r)); });
  while (tls.requests == 0) test::FakeTimers::drain(loop);
  EXPECT_EQ(client().awake_connections(), 1u);
  timers.run_for(loop, 900ms);
  EXPECT_EQ(client().awake_connections(), 1u);
  timers.run_for(loop, 200ms);
  EXPECT_EQ(client().awake_connections(), 0u);
  EXPECT_FALSE(result);
  while (!result) timers.run_for(loop, 100ms);
  ASSERT_FALSE(*result);
  EXPECT_EQ(result->error().code, Errc::kTimedOut);
}

TEST_F(HttpClientTest, BytesBehindTheAnswerEndATlsConnectionToo) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
  const std::string body(engine::net::kWireReadBytes - head.size() - 8, 'x');  // four digits and two line ends: one read takes exactly the answer
  tls.answer = head + std::to_string(body.size()) + "\r\n\r\n" + body + "HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n";
  client({}, {.ca_file = certificates.ca_file()});
  for (int i = 0; i < 2; ++i) {
    const auto answer = post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, body);
  }
  EXPECT_EQ(client().connections_opened(), 2u);
}

TEST_F(HttpClientTest, AnAnswerThatEndsWithTheConnectionNeedsNoGoodbye) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  tls.answer = "HTTP/1.1 200 OK\r\n\r\nto the end";
  tls.ends = true;
  client({}, {.ca_file = certificates.ca_file()});
  const auto answer = post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms);
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(answer->body, "to the end");
}

TEST_F(HttpClientTest, ACertificateForAnotherNameIsRefused) {
  const Certificates certificates("other.test");
  TlsReceiver tls(loop, certificates);
  client({}, {.ca_file = certificates.ca_file()});
  const auto answer = post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kUnavailable);
  EXPECT_EQ(tls.requests, 0);
}

TEST_F(HttpClientTest, AnUnknownAuthorityIsRefusedAndNamed) {
  const Certificates certificates("localhost");
  const Certificates others("localhost");
  TlsReceiver tls(loop, certificates);
  client({}, {.ca_file = others.ca_file()});
  const auto answer = post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().detail.find("certificate refused"), std::string::npos) << answer.error().detail;
}

TEST_F(HttpClientTest, AnAddressIsVerifiedAsAnAddress) {
  const Certificates certificates("127.0.0.1");
  TlsReceiver tls(loop, certificates);
  client({}, {.ca_file = certificates.ca_file()});
  EXPECT_TRUE(post_to("https://127.0.0.1:" + std::to_string(tls.port()) + "/", "{}", 0ms));
  EXPECT_FALSE(post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms));
}

TEST_F(HttpClientTest, AFinalDotBelongsNeitherToSniNorToTheCertificatesName) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates);
  resolves_to({"127.0.0.1"}, {.ca_file = certificates.ca_file()});
  const auto answer = post_to("https://localhost.:" + std::to_string(tls.port()) + "/", "{}", 0ms);
  EXPECT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(tls.server_name, "localhost");
}

// What the server answers to the offer of protocols.
int choose_h2(SSL*, const unsigned char** out, unsigned char* size, const unsigned char*, unsigned, void*) {
  static constexpr unsigned char kH2[] = {'h', '2'};
  *out = kH2;
  *size = sizeof kH2;
  return SSL_TLSEXT_ERR_OK;
}
int choose_first(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned, void*) {
  *out = offered + 1;
  *size = offered[0];
  return SSL_TLSEXT_ERR_OK;
}

TEST_F(HttpClientTest, Http11IsOfferedAndNothingElseIsAccepted) {
  const Certificates certificates("localhost");
  TlsReceiver tls(loop, certificates), other(loop, certificates);
  SSL_CTX_set_alpn_select_cb(tls.context().native_handle(), choose_first, nullptr);
  SSL_CTX_set_alpn_select_cb(other.context().native_handle(), choose_h2, nullptr);
  client({}, {.ca_file = certificates.ca_file()});
  EXPECT_TRUE(post_to("https://localhost:" + std::to_string(tls.port()) + "/", "{}", 0ms));
  EXPECT_EQ(tls.protocol, "http/1.1");
  const auto refused = post_to("https://localhost:" + std::to_string(other.port()) + "/", "{}", 0ms);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_EQ(other.requests, 0);
}

TEST_F(HttpClientTest, AServerThatAsksForACertificateIsShownOurs) {
  const Certificates certificates("localhost");
  const auto ours = certificates.authority.issue("millrace.test");
  TlsReceiver tls(loop, certificates);
  tls.context().set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  tls.context().add_certificate_authority(asio::buffer(certificates.authority.certificate()));
  const auto url = "https://localhost:" + std::to_string(tls.port()) + "/";
  client({}, {.ca_file = certificates.ca_file()});
  EXPECT_FALSE(post_to(url, "{}", 0ms));
  client_.reset();
  ClientTls with{.ca_file = certificates.ca_file()};
  with.client.chain = ours.certificate;
  with.client.key = engine::Secret(ours.key);
  ASSERT_TRUE(check(with));
  client({}, with);
  const auto answer = post_to(url, "{}", 0ms);
  EXPECT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(tls.client, "millrace.test");
}

TEST(ClientTlsCheck, NamesWhatIsWrong) {
  const test::TestAuthority authority;
  const auto one = authority.issue("a.test"), other = authority.issue("b.test");
  const auto problem = [](const std::string& chain, const std::string& key) {
    ClientTls tls;
    tls.client.chain = chain;
    tls.client.key = engine::Secret(key);
    tls.client.chain_name = "/etc/client.pem";
    tls.client.key_name = "/etc/client.key";
    const auto checked = check(tls);
    return checked ? "" : checked.error().detail;
  };
  EXPECT_EQ(problem(one.certificate, one.key), "");
  EXPECT_NE(problem(one.certificate, other.key).find("/etc/client.key"), std::string::npos);
  EXPECT_NE(problem("nonsense", one.key).find("/etc/client.pem"), std::string::npos);
  EXPECT_FALSE(check(ClientTls{.ca_file = "/nowhere"}));
}

TEST_F(HttpClientTest, APeerThatNeverShakesHandsTimesOutAtTheConnectTimeout) {
  play({{.answer = "", .hang = true, .read_request = false}});
  const auto answer = post_to("https://127.0.0.1:" + std::to_string(receiver->port()) + "/", "{}", 10ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::kTimedOut);
  EXPECT_GE(took, 2s);
  EXPECT_LT(took, 5s);
}

}  // namespace
