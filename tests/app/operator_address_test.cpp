// Which server the command line asks, and what it says where there is none.
#include "app/commands/operator_address.h"

#include <gtest/gtest.h>

#include <fstream>

#include "app/commands/operator_client.h"
#include "engine/runtime/asio.h"
#include "tests/support/fixtures.h"

namespace app::commands {
namespace {

using engine::Errc;

struct Storage {
  test::TemporaryDirectory directory;
  void write(const std::string& text) const { std::ofstream(directory.path() / "admin.json") << text; }
  engine::Result<OperatorAddress> address() const { return local_address(directory.path()); }
};

Environment token(const std::string& value) {
  return [value](const std::string& name) {
    return name == "MILLRACE_OPERATOR_TOKEN" && !value.empty() ? std::optional(value) : std::nullopt;
  };
}

TEST(OperatorAddress, IsReadFromTheStorageDirectory) {
  const Storage storage;
  storage.write(R"({"address":"127.0.0.1","port":4711,"token":"t"})");
  const auto found = storage.address();
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(found->url, "http://127.0.0.1:4711");
  EXPECT_EQ(found->token.reveal(), "t");
  storage.write(R"({"address":"::1","port":4711,"token":"t"})");
  EXPECT_EQ(storage.address()->url, "http://[::1]:4711");
}

TEST(OperatorAddress, WithoutAFileNoServerRunsHere) {
  const Storage storage;
  const auto found = storage.address();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kUnavailable);
  EXPECT_NE(found.error().detail.find("No Millrace is running here"), std::string::npos);
  EXPECT_NE(found.error().detail.find("millrace serve"), std::string::npos);
}

TEST(OperatorAddress, ADamagedFileIsNamed) {
  const Storage storage;
  for (const auto text :
       {"", "{", "[]", R"({"address":"127.0.0.1","port":4711})", R"({"address":"127.0.0.1","token":"t"})", R"({"port":1,"token":"t"})"}) {
    storage.write(text);
    const auto found = storage.address();
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, Errc::kUnavailable);
    EXPECT_NE(found.error().detail.find("admin.json"), std::string::npos);
  }
}

TEST(OperatorAddress, AFileLeftBehindIsSaidToBe) {
  const Storage storage;
  asio::io_context loop;
  asio::ip::tcp::acceptor taken(loop, {asio::ip::address_v4::loopback(), 0});
  const auto port = taken.local_endpoint().port();
  taken.close();  // nobody listens there
  storage.write(R"({"address":"127.0.0.1","port":)" + std::to_string(port) + R"(,"token":"t"})");
  OperatorClient client(*storage.address());
  const auto answer = client.get("/agents/v1/sections");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().detail.find("left over"), std::string::npos) << answer.error().detail;
  EXPECT_NE(answer.error().detail.find("millrace serve"), std::string::npos);
}

TEST(OperatorAddress, AnotherServerNeedsAUrlAndAToken) {
  EXPECT_EQ(remote_address("https://millrace.example.com", "", token("t"))->url, "https://millrace.example.com");
  EXPECT_EQ(remote_address("http://127.0.0.1:8080/", "", token("t"))->url, "http://127.0.0.1:8080");
  for (const auto url : {"millrace.example.com", "https://", "ftp://example.com", "https://example.com/agents", "https://a b"}) {
    const auto found = remote_address(url, "", token("t"));
    ASSERT_FALSE(found) << url;
    EXPECT_EQ(found.error().code, Errc::kMalformed) << url;
  }
  const auto without = remote_address("https://millrace.example.com", "", token(""));
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().detail.find("MILLRACE_OPERATOR_TOKEN"), std::string::npos);
}

TEST(OperatorAddress, ATokenIsNotSentInTheClearToAnotherMachine) {
  for (const auto url :
       {"http://millrace.example.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "http://localhost.example.com"}) {
    const auto found = remote_address(url, "", token("t"));
    ASSERT_FALSE(found) << url;
    EXPECT_EQ(found.error().code, Errc::kMalformed);
  }
}

}  // namespace
}  // namespace app::commands
