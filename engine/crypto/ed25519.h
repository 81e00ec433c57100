#pragma once
// Ed25519 signatures (RFC 8032), for whoever must be able to check but not to sign.

#include <array>
#include <memory>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/openssl_ptr.h"

struct evp_pkey_st;
extern "C" void EVP_PKEY_free(evp_pkey_st*);

namespace engine::crypto {

using Ed25519Signature = std::array<unsigned char, 64>;
using Ed25519Public = std::array<unsigned char, 32>;

/// A private key. A signature costs some 40 µs of processor time, many times an HMAC.
/// Threads: any. Blocking: never.
class Ed25519Key {
 public:
  /// Of its 32 secret bytes, or of those and the 32 bytes of its public key, the two forms in use. kMalformed: another length, or a public key of another one.
  static Result<Ed25519Key> from_bytes(const Secret& bytes);
  Ed25519Signature sign(std::string_view message) const;
  const Ed25519Public& public_key() const { return public_; }

 private:
  using KeyPtr = OpensslPtr<evp_pkey_st, EVP_PKEY_free>;
  Ed25519Key(KeyPtr key, const Ed25519Public& public_key) : key_(std::move(key)), public_(public_key) {}
  KeyPtr key_;
  Ed25519Public public_;
};

/// False also where either text has not its length (32 and 64 bytes) or the key is no point of the curve.
bool ed25519_verifies(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace engine::crypto
