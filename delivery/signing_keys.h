#pragma once
// Keys as Standard Webhooks 1.0 writes them: a prefix that names the kind, then base64.

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/random.h"

namespace delivery {

/// The bytes behind "whsec_…": base64 of 24 to 64 bytes. kMalformed: anything else; the text is not shown.
engine::Result<engine::Secret> standard_secret(const engine::Secret& text);
/// A fresh one of 32 bytes. It also serves as a secret of the contract, which signs with the text as it stands.
engine::Secret new_standard_secret(engine::crypto::Random& random);

/// The private key behind "whsk_…": base64 of 32 bytes, or of 64 with the public key. kMalformed: anything else; the text is not shown.
engine::Result<engine::crypto::Ed25519Key> standard_signing_key(const engine::Secret& text);
/// A fresh one, in the form of 64 bytes.
engine::Secret new_standard_signing_key(engine::crypto::Random& random);
/// "whpk_…", what its receivers are given.
std::string standard_public_key(const engine::crypto::Ed25519Key& key);
/// The 32 bytes behind "whpk_…". kMalformed: anything else.
engine::Result<std::string> parse_standard_public_key(std::string_view text);

}  // namespace delivery
