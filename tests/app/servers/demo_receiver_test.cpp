// The webhook receiver in its own process: what it checks, records, and how it misbehaves on demand.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/demo/child_process.h"
#include "app/demo/receiver.h"
#include "app/demo/simple_client.h"
#include "engine/base/text_codec.h"
#include "tests/support/fixtures.h"

namespace app::demo {
namespace {

constexpr std::string_view kSecret = "whsec_of_this_test";
constexpr std::string_view kBody = R"({"id":"evt_0000000000000001","resourceType":"entry","resourceId":"7","action":"updated"})";

std::string sign(std::string_view timestamp, std::string_view body) {
  const auto message = std::string(timestamp) + "." + std::string(body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest, &size);
  return "sha256=" + engine::to_hex({reinterpret_cast<const char*>(digest), size});
}

class DemoReceiver : public ::testing::Test {
 protected:
  void SetUp() override {
    ReceiverOptions options;
    options.port_file = directory_.path() / "port";
    options.record = directory_.path() / "record.jsonl";
    options.secret = engine::Secret(std::string(kSecret));
    child_ = ::fork();
    if (child_ == 0) ::_exit(run_receiver(options));
    ASSERT_TRUE(wait_until(std::chrono::seconds(20), [&] {
      return std::filesystem::exists(options.port_file) && test::read_file(options.port_file).ends_with("\n");
    }));
    client_.port = static_cast<std::uint16_t>(std::stoi(test::read_file(options.port_file)));
  }
  void TearDown() override {
    ::kill(child_, SIGTERM);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }

  /// Sends `bytes` over a connection of its own and returns all that comes back until the peer closes or, with `stay`, until 1 KiB came.
  std::string raw(const std::string& bytes, std::size_t at_most = 1024) const {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(client_.port);
    EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    std::string answer;
    char chunk[4096];
    while (answer.size() < at_most) {
      const auto got = ::recv(fd, chunk, sizeof chunk, 0);
      if (got <= 0) break;
      answer.append(chunk, static_cast<std::size_t>(got));
    }
    ::close(fd);
    return answer;
  }
  static std::string hook(std::string_view signature, std::string_view body = kBody) {
    return "POST /hook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Agents-Webhook-Timestamp: 1772619072\r\nX-Agents-Webhook-Signature: " +
           std::string(signature) + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }
  std::string signed_hook() const { return hook(sign("1772619072", kBody)); }
  std::vector<std::string> record() const { return test::read_lines(directory_.path() / "record.jsonl"); }
  void tell(std::string_view rule) const {
    auto answer = client_.post("/control", rule);
    ASSERT_TRUE(answer) << answer.error().detail;
    ASSERT_EQ(answer->status, 200) << answer->body;
  }

  test::TemporaryDirectory directory_;
  pid_t child_ = -1;
  SimpleClient client_;
};

TEST(DemoSignature, AgreesWithThePublishedVector) {
  const engine::Secret secret("whsec_test_0123456789");
  constexpr std::string_view body =
      R"({"id":"evt_fedcba9876543210","occurredAt":"2026-03-04T10:12:00Z","resourceType":"product","resourceId":"101","action":"deleted","updatedAt":"2026-03-04T10:11:59Z","snapshot":null,"subscriptions":{"mode":"targeted","credentialHandles":["acme-ingestor","price-bot"]}})";
  constexpr std::string_view signature = "sha256=4aa3eeff7f54f419fcaaa99ed1f6628ade25fe80b8f9541bcddfe870b5fb64e4";
  EXPECT_TRUE(signature_holds(secret, "1772619120", body, signature));
  EXPECT_FALSE(signature_holds(secret, "1772619121", body, signature));
  EXPECT_FALSE(signature_holds(secret, "1772619120", body, signature.substr(0, 70)));
  EXPECT_FALSE(signature_holds(engine::Secret("another"), "1772619120", body, signature));
}

TEST_F(DemoReceiver, RecordsASignedRequestAndAnswers200) {
  EXPECT_TRUE(raw(signed_hook()).starts_with("HTTP/1.1 200"));
  ASSERT_EQ(record().size(), 1u);
  EXPECT_NE(record()[0].find(R"("verified":true,"answered":200)"), std::string::npos) << record()[0];
  EXPECT_NE(record()[0].find(R"(\"resourceId\":\"7\")"), std::string::npos) << record()[0];
}

TEST_F(DemoReceiver, RefusesAWrongSignature) {
  EXPECT_TRUE(raw(hook("sha256=" + std::string(64, '0'))).starts_with("HTTP/1.1 401"));
  EXPECT_NE(record().at(0).find(R"("verified":false,"answered":401)"), std::string::npos);
}

TEST_F(DemoReceiver, FailsForOneResourceTypeAndSoManyTimes) {
  tell(R"({"answer":503,"types":["entry"],"times":2})");
  EXPECT_TRUE(raw(signed_hook()).starts_with("HTTP/1.1 503"));
  constexpr std::string_view order = R"({"resourceType":"order"})";
  EXPECT_TRUE(raw(hook(sign("1772619072", order), order)).starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(raw(signed_hook()).starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(raw(signed_hook()).starts_with("HTTP/1.1 200"));
}

TEST_F(DemoReceiver, MisbehavesAsTold) {
  tell(R"({"misbehave":"close"})");
  EXPECT_EQ(raw(signed_hook()), "");
  tell(R"({"misbehave":"garbage"})");
  EXPECT_FALSE(raw(signed_hook()).starts_with("HTTP/"));
  tell(R"({"misbehave":"huge"})");
  EXPECT_GT(raw(signed_hook(), 1u << 20).size(), 1u << 20);
  EXPECT_NE(record().at(0).find(R"("answered":0)"), std::string::npos);
}

TEST_F(DemoReceiver, AnswersEarlyBeforeTheBodyIsThere) {
  tell(R"({"misbehave":"early"})");
  EXPECT_TRUE(raw("POST /hook HTTP/1.1\r\nContent-Length: 100000\r\n\r\nonly this").starts_with("HTTP/1.1 500"));
}

TEST_F(DemoReceiver, EndsWhileAConnectionHangs) {
  tell(R"({"misbehave":"hang"})");
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(client_.port);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const auto bytes = signed_hook();
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  EXPECT_TRUE(wait_until(std::chrono::seconds(20), [&] { return !record().empty(); }));
  ::kill(child_, SIGTERM);
  char byte = 0;
  EXPECT_LE(::recv(fd, &byte, 1, 0), 0);
  ::close(fd);
}

TEST_F(DemoReceiver, NamesTheFieldOfABadRule) {
  for (const auto& [rule, field] : {std::pair{R"({"answer":"yes"})", "answer"},
                                    {R"({"times":-1})", "times"},
                                    {R"({"types":"entry"})", "types"},
                                    {R"({"misbehave":"sulk"})", "misbehave"},
                                    {"[]", "object"}}) {
    auto answer = client_.post("/control", rule);
    ASSERT_TRUE(answer) << answer.error().detail;
    EXPECT_EQ(answer->status, 400);
    EXPECT_NE(answer->body.find(field), std::string::npos) << answer->body;
  }
}

}  // namespace
}  // namespace app::demo
