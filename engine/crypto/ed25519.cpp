#include "engine/crypto/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>

namespace engine::crypto {
namespace {

using ContextPtr = OpensslPtr<EVP_MD_CTX, EVP_MD_CTX_free>;

constexpr std::size_t kSeedBytes = 32;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Only a broken OpenSSL fails here; an unsigned message is worse than no process.
[[noreturn]] void broken() {
  std::fputs("Ed25519 is not available in this OpenSSL\n", stderr);
  std::abort();
}

}  // namespace

Result<Ed25519Key> Ed25519Key::from_bytes(const Secret& secret) {
  const auto text = secret.reveal();
  Ed25519Public public_key;
  if (text.size() != kSeedBytes && text.size() != kSeedBytes + public_key.size()) {
    return fail(Errc::kMalformed, "an ed25519 key has 32 bytes, or 64 with its public key; this one has " + std::to_string(text.size()));
  }
  KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(text), kSeedBytes));
  std::size_t size = public_key.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) != 1) broken();
  const std::string_view derived(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  if (text.size() > kSeedBytes && text.substr(kSeedBytes) != derived) {
    return fail(Errc::kMalformed, "the second half of this ed25519 key is not the public key of its first");
  }
  return Ed25519Key(std::move(key), public_key);
}

Ed25519Signature Ed25519Key::sign(std::string_view message) const {
  Ed25519Signature signature;
  std::size_t size = signature.size();
  const ContextPtr context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes(message), message.size()) != 1) {
    broken();
  }
  return signature;
}

bool ed25519_verifies(std::string_view public_key, std::string_view message, std::string_view signature) {
  if (public_key.size() != Ed25519Public{}.size() || signature.size() != Ed25519Signature{}.size()) return false;
  const OpensslPtr<EVP_PKEY, EVP_PKEY_free> key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()));
  const ContextPtr context(EVP_MD_CTX_new());
  const bool good = key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                    EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace engine::crypto
