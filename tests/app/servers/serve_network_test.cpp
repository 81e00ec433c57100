// The whole program on the network, as a process: TLS, the signal that renews its certificate, proxies, limits. It needs no database for that.

#include <gtest/gtest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <fstream>

#include "app/cli.h"
#include "app/demo/child_process.h"
#include "tests/support/certificates.h"
#include "tests/support/fixtures.h"
#include "tests/support/tls_client.h"

namespace app {
namespace {

using demo::wait_until;
using test::TlsClient;
using namespace std::chrono_literals;

constexpr auto kPatience = std::chrono::seconds(30);

void write(const std::filesystem::path& file, const std::string& content) { std::ofstream(file, std::ios::binary) << content; }

class ServeNetwork : public ::testing::Test {
 protected:
  void SetUp() override {
    put(first_);
    write(in("clients.pem"), authority_.certificate());
  }
  void TearDown() override {
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << log();
  }

  std::filesystem::path in(const std::string& name) const { return directory_.path() / name; }
  std::string log() const { return std::filesystem::exists(in("log")) ? test::read_file(in("log")) : ""; }
  void put(const test::Issued& issued) {
    write(in("chain.pem"), issued.certificate);
    write(in("key.pem"), issued.key);
  }
  std::string configuration(const std::string& server) const {
    const auto directory = directory_.path().string();
    return "[server]\nlisten = \"127.0.0.1:0\"\nport_file = \"" + in("port").string() + "\"\nprofile = \"test\"\n" + server + "[storage]\ndirectory = \"" +
           in("store").string() + "\"\n[source.mariadb]\nhost = \"127.0.0.1\"\nport = 1\nuser = \"nobody\"\ndatabase = \"none\"\n[mapping]\nbase_url = \"http://t/\"\n" +
           "[[credentials]]\nid = \"walled\"\ntoken = \"tok-walled-0123456789\"\nscopes = [\"*\"]\nip_allowlist = [\"203.0.113.9\"]\n" +
           "[[credentials]]\nid = \"free\"\ntoken = \"tok-free-0123456789\"\nscopes = [\"*\"]\n";
  }
  std::string tls(const std::string& more = {}) const {
    return "tls_certificate = \"" + in("chain.pem").string() + "\"\ntls_key = \"" + in("key.pem").string() + "\"\n" + more;
  }
  /// The program's exit status where it ends by itself.
  int run(const std::string& command, const std::string& server) {
    start(command, server);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void serve(const std::string& server) {
    start("serve", server);
    ASSERT_TRUE(wait_until(kPatience, [&] { return std::filesystem::exists(in("port")) && test::read_file(in("port")).ends_with("\n"); })) << log();
    port_ = static_cast<std::uint16_t>(std::stoi(test::read_file(in("port"))));
  }
  void start(const std::string& command, const std::string& server) {
    write(in("millrace.toml"), configuration(server));
    child_ = ::fork();
    if (child_ != 0) return;
    const int out = ::open(in("log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    ::dup2(out, 1);
    ::dup2(out, 2);
    std::array<std::string, 4> words{"millrace", command, "--config", in("millrace.toml").string()};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data()};
    const int code = run_cli(4, arguments.data());
    std::fflush(nullptr);
    ::_exit(code);
  }
  TlsClient connect(const test::TlsWishes& wishes = {}) { return TlsClient(none_, port_, wishes); }
  /// The status of one request over `client`, which stays open.
  std::string ask(TlsClient& client, const std::string& headers, const std::string& target = "/agents/v1/auth/whoami") {
    client.received.clear();
    client.send("GET " + target + " HTTP/1.1\r\nHost: t\r\n" + headers + "\r\n");
    return client.until("\r\n\r\n").substr(9, 3);
  }
  std::string certificate_shown() {
    auto client = connect();
    return client.shake_hands() || client.until("\n").empty() ? client.server_certificate() : "";
  }
  bool logs(const std::string& words) {
    return wait_until(kPatience, [&] { return log().find(words) != std::string::npos; });
  }

  test::TemporaryDirectory directory_;
  test::TestAuthority authority_;
  test::Issued first_ = authority_.issue("localhost"), second_ = authority_.issue("localhost");
  asio::io_context none_;  // the server has its own
  pid_t child_ = 0;
  std::uint16_t port_ = 0;
  const std::string walled_ = "Authorization: Bearer tok-walled-0123456789\r\n", free_ = "Authorization: Bearer tok-free-0123456789\r\n";
};

TEST_F(ServeNetwork, SighupRenewsTheCertificateUnderLiveConnections) {
  ASSERT_NO_FATAL_FAILURE(serve(tls()));
  auto old = connect();
  ASSERT_TRUE(old.shake_hands());
  EXPECT_EQ(ask(old, free_), "200") << old.received;
  EXPECT_NE(old.received.find("Strict-Transport-Security: max-age=31536000\r\n"), std::string::npos);
  EXPECT_EQ(certificate_shown(), first_.certificate);
  EXPECT_EQ(ask(old, free_, "/agents/v1/openapi.json"), "200");
  old.until("\"servers\"");
  old.until("Absolute base URL");
  EXPECT_NE(old.received.find("https://t/agents/v1"), std::string::npos);
  old.wait([&] { return old.received.size() >= old.received.find("\r\n\r\n") + 4 + std::stoul(old.received.substr(old.received.find("Content-Length: ") + 16)); });
  put(second_);
  ::kill(child_, SIGHUP);
  ASSERT_TRUE(logs("event=certificate_loaded")) << log();
  EXPECT_EQ(certificate_shown(), second_.certificate);
  EXPECT_EQ(ask(old, free_), "200");
  EXPECT_EQ(old.server_certificate(), first_.certificate);
  write(in("key.pem"), first_.key);
  ::kill(child_, SIGHUP);
  ASSERT_TRUE(logs("event=certificate_refused")) << log();
  EXPECT_NE(log().find(in("key.pem").string() + ": the key does not belong"), std::string::npos) << log();
  EXPECT_NE(log().find("event=incident_opened code=tls_certificate"), std::string::npos) << log();
  EXPECT_EQ(certificate_shown(), second_.certificate);
}

TEST_F(ServeNetwork, TheAllowlistDecidesByTheAddressATrustedProxyForwards) {
  ASSERT_NO_FATAL_FAILURE(serve(tls("trusted_proxies = [\"127.0.0.1\"]\n")));
  auto client = connect();
  ASSERT_TRUE(client.shake_hands());
  EXPECT_EQ(ask(client, walled_ + "X-Forwarded-For: 203.0.113.9\r\n"), "200") << client.received;
  EXPECT_EQ(ask(client, walled_ + "Forwarded: for=\"203.0.113.9:4711\"\r\n"), "200");
  EXPECT_EQ(ask(client, walled_ + "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n"), "401");
  EXPECT_EQ(ask(client, walled_), "401");
  EXPECT_EQ(ask(client, walled_ + "X-Forwarded-For: 198.51.100.1\r\nForwarded: for=203.0.113.9\r\n"), "401");
}

TEST_F(ServeNetwork, WithoutTrustForwardedAddressesAreAirAndLimitsAreAsConfigured) {
  ASSERT_NO_FATAL_FAILURE(serve(tls("max_target_bytes = 256\nmax_header_bytes = 2048\nmax_body_bytes = 1024\nhsts_max_age = 0\n")));
  auto client = connect();
  ASSERT_TRUE(client.shake_hands());
  EXPECT_EQ(ask(client, walled_ + "X-Forwarded-For: 203.0.113.9\r\n"), "401");
  EXPECT_EQ(client.received.find("Strict-Transport-Security"), std::string::npos);
  EXPECT_NE(client.received.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  const auto refused = [&](const std::string& headers, const std::string& target) {
    auto another = connect();
    EXPECT_TRUE(another.shake_hands());
    const auto status = ask(another, headers, target);
    EXPECT_NE(another.received.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos) << another.received;
    return status;
  };
  EXPECT_EQ(refused("", "/?" + std::string(300, 'q')), "414");
  EXPECT_EQ(refused("X: " + std::string(3000, 'x') + "\r\n", "/"), "431");
  EXPECT_EQ(refused("Content-Length: 1025\r\n", "/"), "413");
}

TEST_F(ServeNetwork, ClientsWithoutACertificateStayOutside) {
  ASSERT_NO_FATAL_FAILURE(serve(tls("tls_client_ca = \"" + in("clients.pem").string() + "\"\n")));
  const auto own = authority_.issue("client");
  auto known = connect({{}, own.certificate, own.key, {}, {}, 0});
  ASSERT_TRUE(known.shake_hands());
  EXPECT_EQ(ask(known, free_), "200");
  auto unknown = connect({});
  unknown.shake_hands();
  unknown.until_closed();
  EXPECT_EQ(unknown.received, "");
}

TEST_F(ServeNetwork, AWrongKeyKeepsItFromStartingAndDoctorSaysWhy) {
  write(in("key.pem"), second_.key);
  EXPECT_EQ(run("serve", tls()), 1);
  EXPECT_NE(log().find(in("key.pem").string() + ": the key does not belong to the certificate in " + in("chain.pem").string()), std::string::npos) << log();
  EXPECT_EQ(run("doctor", tls()), 1);
  EXPECT_NE(log().find("FAILED   tls_key"), std::string::npos) << log();
  EXPECT_NE(log().find("ok       tls_expiry"), std::string::npos) << log();
}

TEST_F(ServeNetwork, SighupWithoutTlsIsNoEnd) {
  ASSERT_NO_FATAL_FAILURE(serve(""));
  ::kill(child_, SIGHUP);
  ASSERT_TRUE(logs("event=reloading tls=false")) << log();
}

}  // namespace
}  // namespace app
