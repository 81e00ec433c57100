#pragma once
// Tokens: made, recognised, kept as a keyed digest only (contract craft-agents-governance section 2.4).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/crypto/hmac.h"
#include "engine/crypto/random.h"

namespace trust {

/// HMAC-SHA256 of a token, as four words so that comparing one costs four instructions.
using TokenDigest = std::array<std::uint64_t, 4>;
/// Constant-time.
bool equal(const TokenDigest& a, const TokenDigest& b);
/// 64 lower-case hexadecimal digits.
std::string hex(const TokenDigest& digest);

/// The server's key for tokens: without it a stolen database tells nothing about even a weak token.
/// Threads: any. Blocking: never.
class TokenKey {
 public:
  /// For sets that only this process compares with: operators', and tests'.
  TokenKey() : TokenKey(engine::Secret("millrace")) {}
  explicit TokenKey(const engine::Secret& key) : mac_(key) {}
  TokenDigest digest(std::string_view token) const;

 private:
  engine::crypto::HmacSha256 mac_;
};

inline constexpr std::size_t kShortestOwnToken = 20;
inline constexpr std::size_t kLongestToken = 512;

/// "<handle in kebab case>-<18 letters and digits>", drawn without bias; about 107 bits.
engine::Secret new_token(std::string_view handle, engine::crypto::Random& random);
/// A token somebody chose: trimmed, 20..512 of letters, digits and ":_-.". kMalformed names what is wrong, not the token.
engine::Result<engine::Secret> chosen_token(std::string_view text);
/// What may be shown of a token for good: its first 12 characters.
std::string token_prefix(const engine::Secret& token);

}  // namespace trust
