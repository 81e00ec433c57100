#include <gtest/gtest.h>

#include <set>

#include "engine/base/text_codec.h"
#include "engine/crypto/aead.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"
#include "engine/crypto/random.h"

namespace {

using namespace engine::crypto;
using engine::Secret;
using engine::to_hex;

struct Vector {
  std::string_view timestamp, body, body_sha256, signature;
};

// The vectors of contract craft-agents-api section 16.5.
constexpr Vector kContract[] = {
    {"1772619072",
     R"({"id":"evt_0123456789abcdef","occurredAt":"2026-03-04T10:11:12Z","resourceType":"entry","resourceId":"42","action":"updated","updatedAt":"2026-03-04T10:11:12Z","snapshot":{"id":42,"title":"Hello","slug":"hello","uri":"news/hello","status":"live","updatedAt":"2026-03-04T10:11:12Z","url":"https://example.test/news/hello"},"subscriptions":{"mode":"firehose","credentialHandles":[]}})",
     "a79f888721e21ffeaf500433c1d2b1d9a0bb529ac01d2f630db9d8c2f3391c49", "f84e2f782ec2578abc3357d1eaeefce1293511675c88d28aff1c2f1e3450707d"},
    {"1772619120",
     R"({"id":"evt_fedcba9876543210","occurredAt":"2026-03-04T10:12:00Z","resourceType":"product","resourceId":"101","action":"deleted","updatedAt":"2026-03-04T10:11:59Z","snapshot":null,"subscriptions":{"mode":"targeted","credentialHandles":["acme-ingestor","price-bot"]}})",
     "d1fddb10c6e8c50cd07118eea16bd6c99a9ec297d7364dd01df299148073ebdc", "4aa3eeff7f54f419fcaaa99ed1f6628ade25fe80b8f9541bcddfe870b5fb64e4"},
    {"1772619180",
     R"({"id":"evt_00ff00ff00ff00ff","occurredAt":"2026-03-04T10:13:00Z","resourceType":"order","resourceId":"7","action":"created","updatedAt":"2026-03-04T10:13:00Z","snapshot":{"id":7,"number":"a1b2c3d4e5f60718293a4b5c6d7e8f90","reference":"a1b2c3d","status":"new","statusName":"Größe/neu","isCompleted":true,"isPaid":false,"totalPrice":49.9,"updatedAt":"2026-03-04T10:13:00Z"},"subscriptions":{"mode":"firehose","credentialHandles":[]}})",
     "9be053a902bc9b7af4eddb1769c2b12e8fe457bd0833013cf45bfd777a5b767c", "0057d2cbf4d80c1317774e4c02dc58f66264eadab6483fbcd94e1fd0e175a956"},
};

TEST(Hmac, SignsTheContractsVectorsWithOneKeyedObject) {
  HmacSha256 signer(Secret("whsec_test_0123456789"));
  for (int round = 0; round < 2; ++round) {  // reuse must not carry state over
    for (const auto& v : kContract) EXPECT_EQ(to_hex(bytes_of(signer.sign({v.timestamp, ".", v.body}))), v.signature);
  }
}

TEST(Hmac, HowTheMessageIsCutDoesNotMatter) {
  HmacSha256 signer(Secret("k"));
  EXPECT_EQ(signer.sign({"ab", "", "c"}), signer.sign({"abc"}));
}

TEST(Hmac, AnEmptyKeyIsAKey) {
  HmacSha256 signer{Secret("")};
  EXPECT_EQ(to_hex(bytes_of(signer.sign({}))), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hmac, HashesAKeyLongerThanABlock) {  // RFC 4231, test case 6
  const HmacSha256 signer{Secret(std::string(131, '\xaa'))};
  EXPECT_EQ(to_hex(bytes_of(signer.sign({"Test Using Larger Than Block-Size Key - Hash Key First"}))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, TakesAKeyOfExactlyABlock) {
  const std::string key(64, 'k');  // neither hashed nor filled up: RFC 2104 written out
  std::string inner(key), outer(key);
  for (char& c : inner) c ^= 0x36;
  for (char& c : outer) c ^= 0x5c;
  const auto first = sha256({inner, "message"});
  EXPECT_EQ(HmacSha256{Secret(key)}.sign({"message"}), sha256({outer, bytes_of(first)}));
}

TEST(Hmac, SurvivesAMove) {
  HmacSha256 first(Secret("key"));
  const auto expected = first.sign({"message"});
  HmacSha256 second(std::move(first));
  EXPECT_EQ(second.sign({"message"}), expected);
}

TEST(Digest, MatchesKnownAnswers) {
  for (const auto& v : kContract) EXPECT_EQ(to_hex(bytes_of(sha256(v.body))), v.body_sha256);
  EXPECT_EQ(to_hex(bytes_of(sha1("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha256({"ab", "c"}), sha256("abc"));
}

TEST(Digest, ContentHashIsPinned) {  // it is on disk
  EXPECT_EQ(to_hex(bytes_of(content_hash("abc"))), "ba7816bf8f01cfea414140de5dae2223");
}

TEST(Random, DoesNotRepeat) {
  SystemRandom random;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random.u64());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(Aead, OpensOnlyWithItsKeyItsContextAndUnaltered) {
  SystemRandom random;
  const auto key = aead_key("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  const auto other = aead_key("100102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
  ASSERT_TRUE(key && other);
  const auto sealed = seal(*key, "webhook", "the secret", random);
  EXPECT_EQ(unseal(*key, "webhook", sealed)->reveal(), "the secret");
  EXPECT_FALSE(unseal(*other, "webhook", sealed));
  EXPECT_FALSE(unseal(*key, "smtp", sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto bad = sealed;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(unseal(*key, "webhook", bad)) << i;
    EXPECT_FALSE(unseal(*key, "webhook", std::string_view(sealed).substr(0, i))) << i;
  }
  EXPECT_NE(seal(*key, "webhook", "the secret", random), sealed);
  EXPECT_EQ(unseal(*key, "empty", seal(*key, "empty", "", random))->reveal(), "");
}

// NIST's test vector (SP 800-38D, AES-256, 96-bit nonce of zeros, zero key, 16 zero bytes): the layout on disk is version, nonce, text, tag.
TEST(Aead, LayoutIsPinned) {
  const auto key = aead_key(std::string(64, '0'));
  const auto sealed = engine::from_hex("01" "000000000000000000000000" "cea7403d4d606b6e074ec5d3baf39d18" "d0d1c8a799996bf0265b98b5d48ab919");
  EXPECT_EQ(unseal(*key, "", *sealed)->reveal(), std::string(16, '\0'));
}

TEST(Aead, AKeyIs64HexadecimalDigits) {
  SystemRandom random;
  EXPECT_TRUE(aead_key(new_aead_key_text(random).reveal()));
  for (const auto* text : {"", "00", "zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"}) EXPECT_FALSE(aead_key(text)) << text;
}

}  // namespace
