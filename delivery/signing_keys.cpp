#include "delivery/signing_keys.h"

#include <array>
#include <optional>

#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"

namespace delivery {
namespace {

using engine::Errc;

constexpr std::string_view kSecret = "whsec_", kPrivate = "whsk_", kPublic = "whpk_";
constexpr std::size_t kLeastBytes = 24, kMostBytes = 64;

std::optional<std::string> bytes_behind(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return engine::from_base64(text.substr(prefix.size()));
}

std::array<unsigned char, 32> fresh(engine::crypto::Random& random) {
  std::array<unsigned char, 32> bytes;
  random.fill(bytes);
  return bytes;
}

}  // namespace

engine::Result<engine::Secret> standard_secret(const engine::Secret& text) {
  auto bytes = bytes_behind(kSecret, text.reveal());
  if (!bytes || bytes->size() < kLeastBytes || bytes->size() > kMostBytes) {
    return engine::fail(Errc::kMalformed, "a secret for Standard Webhooks is whsec_ and the base64 of 24 to 64 bytes");
  }
  return engine::Secret(std::move(*bytes));
}

engine::Secret new_standard_secret(engine::crypto::Random& random) {
  return engine::Secret(std::string(kSecret) + engine::to_base64(engine::crypto::bytes_of(fresh(random))));
}

engine::Result<engine::crypto::Ed25519Key> standard_signing_key(const engine::Secret& text) {
  auto bytes = bytes_behind(kPrivate, text.reveal());
  if (!bytes) return engine::fail(Errc::kMalformed, "a signing key is whsk_ and base64");
  return engine::crypto::Ed25519Key::from_bytes(engine::Secret(std::move(*bytes)));
}

engine::Secret new_standard_signing_key(engine::crypto::Random& random) {
  const auto seed = fresh(random);
  std::string bytes(engine::crypto::bytes_of(seed));
  const auto key = engine::crypto::Ed25519Key::from_bytes(engine::Secret(bytes));
  bytes += engine::crypto::bytes_of(key->public_key());
  return engine::Secret(std::string(kPrivate) + engine::to_base64(bytes));
}

std::string standard_public_key(const engine::crypto::Ed25519Key& key) {
  return std::string(kPublic) + engine::to_base64(engine::crypto::bytes_of(key.public_key()));
}

engine::Result<std::string> parse_standard_public_key(std::string_view text) {
  auto bytes = bytes_behind(kPublic, text);
  if (!bytes || bytes->size() != engine::crypto::Ed25519Public{}.size()) {
    return engine::fail(Errc::kMalformed, "a public key is whpk_ and the base64 of 32 bytes");
  }
  return std::move(*bytes);
}

}  // namespace delivery
