// OpenSSL's plain SHA-256 functions, which OpenSSL 3 calls deprecated: through EVP_MAC every signature copies three contexts behind locks and
// look-ups, a fifth of what a 1 KiB webhook's HMAC costs. The instructions used for the blocks are the same.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "engine/crypto/hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/crypto/digest.h"

namespace engine::crypto {
namespace {

// Only a broken OpenSSL fails here; unsigned deliveries or wrong signatures are worse than no process.
void must(int ok) {
  if (ok == 1) return;
  std::fputs("HMAC-SHA256 is not available in this OpenSSL\n", stderr);
  std::abort();
}

using Block = std::array<unsigned char, SHA256_CBLOCK>;

SHA256_CTX started_with(Block key, unsigned char pad) {
  for (auto& byte : key) byte ^= pad;
  SHA256_CTX state;
  must(SHA256_Init(&state));
  must(SHA256_Update(&state, key.data(), key.size()));
  OPENSSL_cleanse(key.data(), key.size());
  return state;
}

}  // namespace

// SHA-256 after its first block, of the inner and of the outer hash (RFC 2104 section 4).
struct HmacSha256::Keyed {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

void HmacSha256::Erase::operator()(Keyed* keyed) const {
  OPENSSL_cleanse(keyed, sizeof *keyed);
  delete keyed;
}

HmacSha256::HmacSha256(const Secret& key) {
  Block block{};
  const auto bytes = key.reveal();
  if (bytes.size() > block.size()) {
    const auto digest = sha256(bytes);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(bytes.begin(), bytes.end(), block.begin());
  }
  keyed_.reset(new Keyed{started_with(block, 0x36), started_with(block, 0x5c)});
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

Mac256 HmacSha256::sign(std::initializer_list<std::string_view> parts) const {
  Mac256 mac;
  SHA256_CTX state = keyed_->inner;
  for (const auto part : parts) must(SHA256_Update(&state, part.data(), part.size()));
  must(SHA256_Final(mac.data(), &state));
  state = keyed_->outer;
  must(SHA256_Update(&state, mac.data(), mac.size()));
  must(SHA256_Final(mac.data(), &state));
  return mac;
}

}  // namespace engine::crypto
