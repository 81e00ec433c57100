#include "app/tls_doctor.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/certificates.h"
#include "tests/support/fixtures.h"

namespace {

using State = connectors::DoctorCheck::State;
using namespace std::chrono_literals;

struct TlsDoctor : ::testing::Test {
  test::TemporaryDirectory directory;
  test::TestAuthority authority;
  engine::WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 3 / 4);
  app::TlsConfig config{directory.path() / "chain.pem", directory.path() / "key.pem", {}};

  void put(const test::Issued& issued) {
    std::ofstream(config.certificate) << issued.certificate;
    std::ofstream(config.key) << issued.key;
    std::filesystem::permissions(config.key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  /// "name=state" of every check, in order.
  std::string verdict() {
    std::string text;
    for (const auto& check : app::examine_tls(config, now)) {
      text += (text.empty() ? "" : " ") + check.name + (check.state == State::kOk ? "=ok" : check.state == State::kWarning ? "=warning" : "=failed");
      last = check.message;
    }
    return text;
  }
  std::string last;
};

TEST_F(TlsDoctor, SaysNothingWhereTlsIsNotConfigured) { EXPECT_TRUE(app::examine_tls({}, now).empty()); }

TEST_F(TlsDoctor, AGoodPairIsFit) {
  put(authority.issue("feed.test"));
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=ok");
  EXPECT_EQ(app::examine_tls(config, now)[0].message, "CN=feed.test, 1 in the chain");
  EXPECT_TRUE(connectors::fit(app::examine_tls(config, now)));
}

TEST_F(TlsDoctor, EachFaultIsFoundWhereItIs) {
  const auto good = authority.issue("feed.test"), other = authority.issue("other.test");
  put({good.certificate, other.key});
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=failed tls_expiry=ok");
  put({good.certificate, test::encrypted(good.key, "secret")});
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=failed tls_expiry=ok");
  put({"nothing", good.key});
  EXPECT_EQ(verdict(), "tls_certificate=failed");
  const auto weak = test::self_signed_rsa("weak.test", 1024);
  put(weak);
  EXPECT_EQ(verdict(), "tls_certificate=failed tls_expiry=ok");
  put(good);
  std::filesystem::remove(config.key);
  EXPECT_EQ(verdict(), "tls_key=failed");
  EXPECT_NE(last.find(config.key.string()), std::string::npos);
  std::filesystem::remove(config.certificate);
  EXPECT_EQ(verdict(), "tls_certificate=failed");
}

TEST_F(TlsDoctor, ExpiryIsJudgedByTheClockHandedIn) {
  put(authority.issue("feed.test", {.from = now, .until = now + 24h * 30}));
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=ok");
  now += 24h * 16;
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=warning");
  now += 24h * 14;
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=failed");
  now -= 24h * 31;
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=failed");
}

TEST_F(TlsDoctor, AKeyThatOthersMayReadIsAWarning) {
  put(authority.issue("feed.test"));
  std::filesystem::permissions(config.key, std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=warning tls_expiry=ok");
}

TEST_F(TlsDoctor, TheAuthoritiesOfClientsAreReadWhereConfigured) {
  put(authority.issue("feed.test"));
  config.client_ca = directory.path() / "clients.pem";
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=ok tls_client_ca=failed");
  std::ofstream(config.client_ca) << authority.certificate();
  EXPECT_EQ(verdict(), "tls_certificate=ok tls_key=ok tls_expiry=ok tls_client_ca=ok");
}

}  // namespace
