#include "engine/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace engine::crypto {
namespace {

// Only a broken or exhausted OpenSSL fails here; unsigned deliveries or wrong signatures are worse than no process.
void must(bool ok) {
  if (ok) return;
  std::fputs("HMAC-SHA256 is not available in this OpenSSL\n", stderr);
  std::abort();
}

EVP_MAC* algorithm() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  must(mac != nullptr);
  return mac;
}

}  // namespace

void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

HmacSha256::HmacSha256(const Secret& key) : context_(EVP_MAC_CTX_new(algorithm())) {
  must(context_ != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  const auto bytes = key.reveal();
  // A null pointer would mean "keep the key"; an empty key is a key.
  const auto* data = bytes.empty() ? reinterpret_cast<const unsigned char*>("") : reinterpret_cast<const unsigned char*>(bytes.data());
  must(EVP_MAC_init(context_.get(), data, bytes.size(), parameters) == 1);
}

HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

Mac256 HmacSha256::sign(std::initializer_list<std::string_view> parts) {
  must(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1);  // keeps the key's two precomputed states
  for (const auto part : parts) must(EVP_MAC_update(context_.get(), reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1);
  Mac256 mac;
  std::size_t length = 0;
  must(EVP_MAC_final(context_.get(), mac.data(), &length, mac.size()) == 1 && length == mac.size());
  return mac;
}

}  // namespace engine::crypto
