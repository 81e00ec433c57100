#include "app/secret_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/fixtures.h"

namespace {

using engine::Errc;

struct SecretFiles : ::testing::Test {
  test::TemporaryDirectory directory;
  engine::crypto::SystemRandom random;
  static mode_t mode(const std::filesystem::path& file) {
    struct stat facts {};
    EXPECT_EQ(::stat(file.c_str(), &facts), 0);
    return facts.st_mode & 0777;
  }
};

TEST_F(SecretFiles, AMasterKeyIsMadeOnceForItsOwnerOnly) {
  const auto first = app::master_keys({}, directory.path(), random);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_TRUE(first->made);
  EXPECT_EQ(mode(directory.path() / "secret.key"), 0600u);
  const auto second = app::master_keys({}, directory.path(), random);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->made);
  EXPECT_EQ(second->master.reveal(), first->master.reveal());
}

TEST_F(SecretFiles, AKeyOthersCanReadIsRefusedWithTheCommandThatMendsIt) {
  ASSERT_TRUE(app::master_keys({}, directory.path(), random));
  ASSERT_EQ(::chmod((directory.path() / "secret.key").c_str(), 0644), 0);
  const auto keys = app::master_keys({}, directory.path(), random);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code, Errc::kDenied);
  EXPECT_NE(keys.error().detail.find("chmod 0600"), std::string::npos);
}

TEST_F(SecretFiles, AWrongKeyIsRefusedAndNotShown) {
  app::SecretsConfig config;
  config.master_key = engine::Secret("not-hexadecimal-secret");
  const auto keys = app::master_keys(config, directory.path(), random);
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().detail.find("not-hexadecimal"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "secret.key"));
  config.master_key = engine::Secret(std::string(64, 'a'));
  config.retired_keys = {engine::Secret(std::string(64, 'b'))};
  const auto good = app::master_keys(config, directory.path(), random);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->retired.size(), 1u);
}

TEST_F(SecretFiles, ADamagedKeyFileIsNeverReplaced) {
  std::ofstream(directory.path() / "secret.key") << "garbage";
  ASSERT_EQ(::chmod((directory.path() / "secret.key").c_str(), 0600), 0);
  EXPECT_EQ(app::master_keys({}, directory.path(), random).error().code, Errc::kMalformed);
  std::string kept;
  std::ifstream(directory.path() / "secret.key") >> kept;
  EXPECT_EQ(kept, "garbage");
}

TEST_F(SecretFiles, TheWayInForCommandsIsForItsOwnerOnly) {
  const auto file = app::admin_access_file(directory.path());
  ASSERT_TRUE(app::write_admin_access(file, {"127.0.0.1", 4711, engine::Secret("token-x")}));
  ASSERT_TRUE(app::write_admin_access(file, {"127.0.0.1", 4712, engine::Secret("token-y")}));
  EXPECT_EQ(mode(file), 0600u);
  EXPECT_EQ(test::read_file(file), R"({"address":"127.0.0.1","port":4712,"token":"token-y"})");
}

}  // namespace
