#include "engine/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"

namespace {

using namespace engine::crypto;
using engine::Secret;

struct Vector {
  std::string_view seed, public_key, message, signature;  // hexadecimal
};
// RFC 8032 section 7.1, tests 1 to 3.
constexpr Vector kRfc8032[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"}};

std::string bytes(std::string_view hex) { return *engine::from_hex(hex); }

TEST(Ed25519, EqualsTheVectorsOfItsRfc) {
  for (const auto& v : kRfc8032) {
    const auto key = Ed25519Key::from_bytes(Secret(bytes(v.seed)));
    ASSERT_TRUE(key);
    EXPECT_EQ(engine::to_hex(bytes_of(key->public_key())), v.public_key);
    EXPECT_EQ(engine::to_hex(bytes_of(key->sign(bytes(v.message)))), v.signature);
    EXPECT_TRUE(ed25519_verifies(bytes(v.public_key), bytes(v.message), bytes(v.signature)));
    EXPECT_FALSE(ed25519_verifies(bytes(v.public_key), bytes(v.message) + "x", bytes(v.signature)));
  }
}

TEST(Ed25519, ReadsBothFormsOfAKeyAndNoOther) {
  const auto seed = bytes(kRfc8032[1].seed), own = bytes(kRfc8032[1].public_key), others = bytes(kRfc8032[2].public_key);
  EXPECT_TRUE(Ed25519Key::from_bytes(Secret(seed + own)));
  EXPECT_FALSE(Ed25519Key::from_bytes(Secret(seed + others)));
  for (const std::size_t size : {0u, 31u, 33u, 63u, 65u}) EXPECT_FALSE(Ed25519Key::from_bytes(Secret(std::string(size, 'x')))) << size;
}

TEST(Ed25519, TextsOfAnotherLengthVerifyNothing) {
  const auto& v = kRfc8032[0];
  EXPECT_FALSE(ed25519_verifies("", "", bytes(v.signature)));
  EXPECT_FALSE(ed25519_verifies(bytes(v.public_key), "", ""));
  EXPECT_FALSE(ed25519_verifies(bytes(v.public_key), "", bytes(v.signature) + '\0'));
  EXPECT_FALSE(ed25519_verifies(std::string(32, '\xff'), "", bytes(v.signature)));
}

}  // namespace
