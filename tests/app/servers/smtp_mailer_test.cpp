// Mail through libcurl, received by a server in another process.
#include "app/operations/smtp_mailer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <thread>

#include "app/demo/child_process.h"
#include "app/operations/mail_message.h"
#include "tests/support/fixtures.h"

namespace app::operations {
namespace {

using engine::Errc;
using namespace std::chrono_literals;

/// A certificate for localhost and the authority behind it, made once.
const std::filesystem::path& certificates() {
  static const test::TemporaryDirectory directory;
  static const bool made = [] {
    const auto script = "cd '" + directory.path().string() +
                        "' && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.pem 2>/dev/null && "
                        "openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem 2>/dev/null && "
                        "printf 'subjectAltName=DNS:localhost\\n' > names && "
                        "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem 2>/dev/null";
    return std::system(script.c_str()) == 0;
  }();
  EXPECT_TRUE(made) << "openssl could not make a certificate";
  return directory.path();
}

struct MailServer {
  test::TemporaryDirectory directory;
  std::unique_ptr<demo::ChildProcess> process;

  explicit MailServer(std::vector<std::string> options = {}) {
    std::vector<std::string> arguments{"/usr/bin/env", "python3", MILLRACE_SOURCE_DIR "/tests/app/servers/smtp_server.py", at("port"), at("journal")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto started = demo::ChildProcess::start(arguments, directory.path() / "log");
    if (!started) throw std::runtime_error(started.error().detail);
    process = std::move(*started);
    if (!demo::wait_until(20s, [this] { return std::filesystem::exists(at("port")); })) throw std::runtime_error("no mail server: " + process->log_tail());
  }
  std::string at(const char* name) const { return (directory.path() / name).string(); }
  SmtpConfig config(SmtpTls tls = SmtpTls::kOff) const {
    SmtpConfig config;
    config.host = tls == SmtpTls::kOff ? "127.0.0.1" : "localhost";
    config.port = static_cast<std::uint16_t>(std::stoi(test::read_file(at("port"))));
    config.tls = tls;
    if (tls != SmtpTls::kOff) config.ca_file = (certificates() / "ca.pem").string();
    config.from = "millrace@example.test";
    return config;
  }
  /// What the server wrote down of that kind; empty: nothing.
  std::vector<std::string> journal(std::string_view event) const {
    std::vector<std::string> found;
    if (!std::filesystem::exists(at("journal"))) return found;
    for (auto& line : test::read_lines(at("journal"))) {
      if (line.find("\"event\": \"" + std::string(event) + "\"") != std::string::npos) found.push_back(std::move(line));
    }
    return found;
  }
};

engine::Result<void> send(const SmtpConfig& config, SmtpLimits limits = {10s, 20s}) {
  const auto message = compose({config.from, "ops@example.test", "[Agents] Status", "It is over.\n.\nReally.\n", "n-1"}, engine::WallTime(1'772'618'400s));
  return SmtpMailer(config, limits).send(config.from, "ops@example.test", message);
}

std::vector<std::string> with_tls(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--certificate", (certificates() / "cert.pem").string(), "--key", (certificates() / "key.pem").string()});
  return more;
}

TEST(SmtpMailer, HandsAMessageToARelay) {
  const MailServer server;
  const auto sent = send(server.config());
  ASSERT_TRUE(sent) << sent.error().detail;
  const auto messages = server.journal("message");
  ASSERT_EQ(messages.size(), 1u);
  simdjson::dom::parser parser;
  const simdjson::padded_string json(messages[0]);
  auto message = parser.parse(json);
  EXPECT_EQ(std::string_view(message["sender"]), "<millrace@example.test>");
  EXPECT_EQ(std::string_view(message["recipients"].at(0)), "<ops@example.test>");
  EXPECT_NE(std::string_view(message["text"]).find("Subject: [Agents] Status\n"), std::string_view::npos);
}

TEST(SmtpMailer, LogsInOverStartTlsOnly) {
  const MailServer server(with_tls({"--login", "millrace:geheim"}));
  auto config = server.config(SmtpTls::kStartTls);
  config.user = "millrace";
  config.password = engine::Secret("geheim");
  const auto sent = send(config);
  ASSERT_TRUE(sent) << sent.error().detail;
  ASSERT_EQ(server.journal("message").size(), 1u);
  EXPECT_NE(server.journal("message")[0].find("\"encrypted\": true"), std::string::npos);
  EXPECT_NE(server.journal("login")[0].find("\"encrypted\": true"), std::string::npos);
}

TEST(SmtpMailer, SpeaksTlsFromTheFirstByte) {
  const MailServer server(with_tls({"--implicit"}));
  const auto sent = send(server.config(SmtpTls::kImplicit));
  ASSERT_TRUE(sent) << sent.error().detail;
  EXPECT_EQ(server.journal("message").size(), 1u);
}

TEST(SmtpMailer, SendsNothingWhereStartTlsIsMissing) {
  const MailServer server;  // an attacker in between would take the offer out
  const auto sent = send(server.config(SmtpTls::kStartTls));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kDenied) << sent.error().detail;
  EXPECT_TRUE(server.journal("message").empty());
}

TEST(SmtpMailer, SendsNothingToACertificateOfAnother) {
  const MailServer server(with_tls());
  auto config = server.config(SmtpTls::kStartTls);
  config.ca_file.clear();  // the system's store does not know our authority
  auto sent = send(config);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kDenied) << sent.error().detail;
  config = server.config(SmtpTls::kStartTls);
  config.host = "127.0.0.1";  // the certificate is for localhost
  sent = send(config);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kDenied) << sent.error().detail;
  EXPECT_TRUE(server.journal("message").empty());
}

TEST(SmtpMailer, AWrongPasswordIsDeniedAndNotTold) {
  const MailServer server(with_tls({"--login", "millrace:geheim"}));
  auto config = server.config(SmtpTls::kStartTls);
  config.user = "millrace";
  config.password = engine::Secret("n0t-the-passw0rd");
  const auto sent = send(config);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kDenied);
  EXPECT_EQ(sent.error().detail.find("n0t-the"), std::string::npos) << sent.error().detail;
}

TEST(SmtpMailer, TellsAFinalRefusalFromATemporaryOne) {
  const MailServer final_server({"--refuse", "550"}), busy_server({"--refuse", "451"});
  EXPECT_EQ(send(final_server.config()).error().code, Errc::kDenied);
  EXPECT_EQ(send(busy_server.config()).error().code, Errc::kUnavailable);
}

TEST(SmtpMailer, NobodyThereIsUnavailable) {
  auto config = MailServer().config();  // its server is gone
  EXPECT_EQ(send(config).error().code, Errc::kUnavailable);
}

TEST(SmtpMailer, AHangingServerCostsNoMoreThanTheLimit) {
  const MailServer server({"--hang"});
  const auto sent = send(server.config(), {10s, 300ms});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kTimedOut) << sent.error().detail;
}

TEST(SmtpMailer, StopEndsAMailUnderWay) {
  const MailServer server({"--hang"});
  SmtpMailer mailer(server.config(), {10s, 120s});
  engine::Result<void> sent;
  std::thread sender([&] { sent = mailer.send("a@example.test", "b@example.test", "Subject: x\r\n\r\n"); });
  EXPECT_TRUE(demo::wait_until(20s, [&] { return !server.journal("connected").empty(); }));
  mailer.stop();
  sender.join();
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Errc::kCancelled) << sent.error().detail;
  EXPECT_EQ(mailer.send("a@example.test", "b@example.test", "x").error().code, Errc::kCancelled);
}

}  // namespace
}  // namespace app::operations
