// SHA-256 by OpenSSL's plain functions, which OpenSSL 3 calls deprecated: for the short texts hashed here EVP's way in costs as much as the hash.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "engine/crypto/digest.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace engine::crypto {
namespace {

void must(bool ok) {
  if (ok) return;
  std::fputs("a digest is not available in this OpenSSL\n", stderr);
  std::abort();
}

// Fetching an algorithm by name costs more than hashing a small text, so it is done once.
EVP_MD* fetched(const char* algorithm) {
  EVP_MD* md = EVP_MD_fetch(nullptr, algorithm, nullptr);
  must(md != nullptr);
  return md;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

std::array<unsigned char, 32> sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX state;
  must(SHA256_Init(&state) == 1);
  for (const auto part : parts) must(SHA256_Update(&state, part.data(), part.size()) == 1);
  std::array<unsigned char, 32> out;
  must(SHA256_Final(out.data(), &state) == 1);
  return out;
}

std::array<unsigned char, 20> sha1(std::initializer_list<std::string_view> parts) {
  static const EVP_MD* const md = fetched("SHA1");
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  must(context != nullptr && EVP_DigestInit_ex2(context.get(), md, nullptr) == 1);
  for (const auto part : parts) must(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  std::array<unsigned char, 20> out;
  unsigned length = 0;
  must(EVP_DigestFinal_ex(context.get(), out.data(), &length) == 1 && length == out.size());
  return out;
}

ContentHash content_hash(std::initializer_list<std::string_view> parts) {
  const auto full = sha256(parts);
  ContentHash hash;
  std::copy_n(full.begin(), hash.size(), hash.begin());
  return hash;
}

}  // namespace engine::crypto
