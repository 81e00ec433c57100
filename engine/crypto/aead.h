#pragma once
// Authenticated encryption at rest: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per message.

#include <array>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/random.h"

namespace engine::crypto {

/// 32 bytes; made by aead_key().
using AeadKey = Secret;

/// A key from text: 64 hexadecimal digits. kMalformed: anything else; the text is not shown.
Result<AeadKey> aead_key(std::string_view hex);
/// A fresh one, as the text that aead_key() reads.
Secret new_aead_key_text(Random& random);

/// Version byte 1, nonce, ciphertext and tag. `context` is authenticated, not stored: a message moved to another place does not open there.
/// One key seals at most 2^32 messages (random nonces). Threads: any. Blocking: never.
std::string seal(const AeadKey& key, std::string_view context, std::string_view plain, Random& random);
/// kMalformed: not such a message, another key or context, or altered.  kUnsupported: a newer version.
Result<Secret> unseal(const AeadKey& key, std::string_view context, std::string_view sealed);

}  // namespace engine::crypto
