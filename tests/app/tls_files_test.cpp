// Certificates replaced under a server that goes on serving, good ones and bad ones.
#include "app/tls_files.h"

#include <gtest/gtest.h>

#include <deque>
#include <fstream>

#include "engine/net/http_server.h"
#include "engine/telemetry/log.h"
#include "tests/support/certificates.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"
#include "tests/support/tls_client.h"

namespace {

using app::TlsConfig;
using app::TlsFiles;
using engine::Errc;
using engine::telemetry::Severity;
using test::Issued;
using test::TlsClient;
using namespace std::chrono_literals;
using namespace engine::net;

void write(const std::filesystem::path& file, const std::string& content) { std::ofstream(file, std::ios::binary) << content; }

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    engine::telemetry::set_log_output([this](engine::telemetry::Level, std::string_view line) { logged += std::string(line) + "\n"; });
    put(first);
  }
  ~TlsFilesTest() override { engine::telemetry::set_log_output({}); }

  void put(const Issued& issued) {
    write(config.certificate, issued.certificate);
    write(config.key, issued.key);
  }
  engine::Result<std::unique_ptr<TlsFiles>> try_open() { return TlsFiles::open(config, timers, incidents, loops.executor(0)); }
  void start() {
    files = try_open().value();
    asio::co_spawn(loops.executor(0), files->watch(), asio::detached);
    server = std::make_unique<HttpServer>(
        loops, timers, ServerLimits{.idle = 24h * 365, .sweep = 30s}, [](Request&) -> engine::Task<Response> { co_return Response{200, {}, "served", false}; },
        [](int status, std::string_view) { return Response{status, {}, "", false}; });
    port = server->listen("127.0.0.1", 0, files->listener()).value();
    turn(0s);
  }
  void turn(std::chrono::nanoseconds time) { timers.run_for(loops.context(0), time); }
  void hang_up() {
    asio::co_spawn(loops.executor(0), files->reload(), asio::detached);
    turn(0s);
  }
  TlsClient& connect() {
    auto& client = clients.emplace_back(loops.context(0), port);
    EXPECT_TRUE(client.shake_hands());
    return client;
  }
  void expect_answer(TlsClient& client) {
    client.received.clear();
    client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_NE(client.until("served").find("served"), std::string::npos);
  }
  void expect_shown(const Issued& issued) { EXPECT_EQ(connect().server_certificate(), issued.certificate); }
  void expect_incident(Severity severity, std::initializer_list<std::string> words) {
    const auto open = incidents.open();
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(open[0].code, "tls_certificate");
    EXPECT_EQ(open[0].severity, severity);
    for (const auto& word : words) EXPECT_NE(open[0].detail.find(word), std::string::npos) << word << " in " << open[0].detail;
  }

  test::TemporaryDirectory directory;
  test::FakeTimers timers;
  test::TestAuthority authority;
  Issued first = authority.issue("localhost"), second = authority.issue("localhost");
  TlsConfig config{directory.path() / "chain.pem", directory.path() / "key.pem", {}};
  engine::telemetry::OpenIncidents incidents{timers};
  std::string logged;
  std::unique_ptr<TlsFiles> files;
  engine::Loops loops{1};
  std::unique_ptr<HttpServer> server;
  std::deque<TlsClient> clients;
  std::uint16_t port = 0;
};

TEST_F(TlsFilesTest, NewFilesAreServedWithinAMinuteAndOldConnectionsGoOn) {
  start();
  auto& old = connect();
  expect_answer(old);
  put(second);
  expect_shown(first);
  turn(61s);
  expect_shown(second);
  expect_answer(old);
  EXPECT_EQ(old.server_certificate(), first.certificate);
  EXPECT_NE(logged.find("event=certificate_loaded file=" + config.certificate.string()), std::string::npos) << logged;
  EXPECT_TRUE(incidents.open().empty());
}

TEST_F(TlsFilesTest, ASignalLooksAtOnce) {
  start();
  put(second);
  hang_up();
  expect_shown(second);
  hang_up();
  EXPECT_NE(logged.find("event=certificate_unchanged"), std::string::npos);
}

TEST_F(TlsFilesTest, AKeyOfAnotherCertificateIsRefusedUntilItsOwnIsThere) {
  start();
  write(config.certificate, second.certificate);
  turn(61s);
  expect_shown(first);
  expect_incident(Severity::kWarning, {config.key.string(), "does not belong", config.certificate.string(), "go on serving"});
  EXPECT_NE(logged.find("event=certificate_refused"), std::string::npos);
  EXPECT_NE(logged.find(config.key.string()), std::string::npos);
  const auto said = logged;
  turn(120s);
  EXPECT_EQ(logged, said) << "the same refusal is said once";
  hang_up();
  EXPECT_NE(logged, said) << "and again to who asks";
  write(config.key, second.key);
  turn(61s);
  expect_shown(second);
  EXPECT_TRUE(incidents.open().empty());
}

TEST_F(TlsFilesTest, GoingBackToTheOldFilesEndsTheIncident) {
  start();
  write(config.key, "nonsense");
  turn(61s);
  expect_incident(Severity::kWarning, {config.key.string()});
  put(first);
  turn(61s);
  EXPECT_TRUE(incidents.open().empty());
  expect_shown(first);
}

TEST_F(TlsFilesTest, WhatCannotBeServedNeverReplacesWhatIs) {
  start();
  const auto expired = authority.issue("localhost", {.from = timers.wall_now() - 48h, .until = timers.wall_now() - 1h});
  const auto early = authority.issue("localhost", {.from = timers.wall_now() + 1h, .until = timers.wall_now() + 48h});
  for (const auto& [bad, word] : {std::pair{expired, "expired at"}, {early, "not valid before"}, {Issued{"", ""}, "no certificate"},
                                  {Issued{std::string(2 << 20, 'x'), "x"}, "larger than 1 MiB"}}) {
    put(bad);
    turn(61s);
    expect_shown(first);
    expect_incident(Severity::kWarning, {config.certificate.string(), word});
  }
  std::filesystem::remove(config.certificate);
  turn(61s);
  expect_shown(first);
  expect_incident(Severity::kWarning, {config.certificate.string(), "cannot be read"});
  put(second);
  turn(61s);
  expect_shown(second);
}

TEST_F(TlsFilesTest, AnEndThatComesNearIsToldFourteenDaysBefore) {
  const auto now = timers.wall_now();
  put(authority.issue("localhost", {.from = now - 24h, .until = now + 24h * 15}));
  start();
  EXPECT_TRUE(incidents.open().empty());
  turn(24h + 61s);
  expect_incident(Severity::kWarning, {config.certificate.string(), "expires at"});
  turn(14 * 24h);
  expect_incident(Severity::kCritical, {"expired at"});
  connect();  // it is served all the same: clients decide
  put(second);
  turn(61s);
  EXPECT_TRUE(incidents.open().empty());
}

TEST_F(TlsFilesTest, AnExpiredCertificateStartsWithACriticalIncident) {
  put(authority.issue("localhost", {.from = timers.wall_now() - 48h, .until = timers.wall_now() - 24h}));
  start();
  expect_incident(Severity::kCritical, {"expired at"});
  TlsClient careful(loops.context(0), port, {authority.certificate(), {}, {}, {}, {}, static_cast<std::time_t>(engine::unix_seconds(timers.wall_now()))});
  EXPECT_FALSE(careful.shake_hands());
}

TEST_F(TlsFilesTest, WhatIsUnreadableAtTheStartIsNamed) {
  for (const auto& [key, chain, code, word] : {std::tuple{second.key, first.certificate, Errc::kMalformed, config.key.string() + ": the key does not belong"},
                                               {first.key, std::string("x"), Errc::kMalformed, config.certificate.string() + ": holds no certificate"}}) {
    write(config.certificate, chain);
    write(config.key, key);
    const auto opened = try_open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, code);
    EXPECT_TRUE(opened.error().detail.starts_with(word)) << opened.error().detail;
  }
  std::filesystem::remove(config.key);
  EXPECT_EQ(try_open().error().code, Errc::kNotFound);
}

TEST_F(TlsFilesTest, TheAuthoritiesOfClientsAreReplacedToo) {
  const test::TestAuthority old_clients("Old"), new_clients("New");
  config.client_ca = directory.path() / "clients.pem";
  write(config.client_ca, old_clients.certificate());
  start();
  const auto shown = [&](const Issued& client) {
    return TlsClient(loops.context(0), port, {{}, client.certificate, client.key, {}, {}, 0}).shake_hands();
  };
  const auto veteran = old_clients.issue("veteran"), recruit = new_clients.issue("recruit");
  EXPECT_TRUE(shown(veteran));
  EXPECT_FALSE(shown(recruit));
  write(config.client_ca, new_clients.certificate());
  turn(61s);
  EXPECT_FALSE(shown(veteran));
  EXPECT_TRUE(shown(recruit));
  write(config.client_ca, "");
  turn(61s);
  expect_incident(Severity::kWarning, {config.client_ca.string(), "is empty"});
  EXPECT_TRUE(shown(recruit));
  EXPECT_FALSE(TlsClient(loops.context(0), port).shake_hands()) << "an empty list is not an open door";
}

}  // namespace
