#include "tests/access/trust_stage.h"

namespace {

using engine::Errc;
using engine::Secret;
using engine::crypto::aead_key;
using trust::Vault;

constexpr std::string_view kOther = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

struct VaultTest : test::TrustStage {
  engine::Result<std::unique_ptr<Vault>> open_with(std::string_view master, std::vector<std::string_view> retired = {}) {
    std::vector<engine::crypto::AeadKey> old;
    for (const auto text : retired) old.push_back(*aead_key(text));
    return Vault::open(*store, *aead_key(master), old, random);
  }
};

TEST_F(VaultTest, ASecretComesBackAfterARestartAndIsNotReadableInTheStore) {
  ASSERT_TRUE(vault->put("webhook:default", Secret("whsec_plain_text")));
  reopen();
  EXPECT_EQ(vault->get("webhook:default")->reveal(), "whsec_plain_text");
  const auto stored = store->get(store->family(trust::kSecretsFamily), "webhook:default");
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->find("plain"), std::string::npos);
  EXPECT_EQ(vault->get("webhook:other").error().code, Errc::kNotFound);
}

TEST_F(VaultTest, AKeyIsMadeOnce) {
  const auto first = vault->key("cursor");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->reveal().size(), 32u);
  EXPECT_EQ(vault->key("cursor")->reveal(), first->reveal());
  EXPECT_NE(vault->key("another")->reveal(), first->reveal());
  const std::string kept(first->reveal());
  reopen();
  EXPECT_EQ(vault->key("cursor")->reveal(), kept);
}

TEST_F(VaultTest, AnotherMasterKeyIsRefusedByName) {
  ASSERT_TRUE(vault->put("smtp", Secret("x")));
  const auto opened = open_with(kOther);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kDenied);
  EXPECT_NE(opened.error().detail.find("retired_key_files"), std::string::npos);
}

TEST_F(VaultTest, AMasterKeyIsRotatedByRetiringIt) {
  ASSERT_TRUE(vault->put("smtp", Secret("hidden")));
  auto rotated = open_with(kOther, {kMaster});
  ASSERT_TRUE(rotated) << rotated.error().detail;
  EXPECT_GE((*rotated)->resealed(), 3u);  // smtp, and the keys of audit and tokens
  EXPECT_EQ((*rotated)->get("smtp")->reveal(), "hidden");
  auto without = open_with(kOther);
  ASSERT_TRUE(without) << without.error().detail;
  EXPECT_EQ((*without)->resealed(), 0u);
  EXPECT_EQ(open_with(kMaster).error().code, Errc::kDenied);
}

TEST_F(VaultTest, ASecretThatWasMovedDoesNotOpen) {
  ASSERT_TRUE(vault->put("a", Secret("of a")));
  const auto family = store->family(trust::kSecretsFamily);
  engine::store::Batch batch;
  batch.put(family, "b", **store->get(family, "a"));
  ASSERT_TRUE(store->write(batch, engine::store::Durability::kSynced));
  EXPECT_EQ(vault->get("b").error().code, Errc::kMalformed);
  EXPECT_TRUE(vault->get("a"));
}

}  // namespace
