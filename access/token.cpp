#include "access/token.h"

#include <algorithm>
#include <cstring>

#include "engine/base/text_codec.h"
#include "engine/net/validation.h"

namespace trust {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kRandomCharacters = 18;
constexpr std::size_t kPrefixCharacters = 12;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool equal(const TokenDigest& a, const TokenDigest& b) {
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

std::string hex(const TokenDigest& digest) {
  std::string bytes(sizeof digest, '\0');
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  return engine::to_hex(bytes);
}

TokenDigest TokenKey::digest(std::string_view token) const {
  const auto bytes = mac_.sign({token});
  TokenDigest digest;
  static_assert(sizeof digest == sizeof bytes);
  std::memcpy(digest.data(), bytes.data(), sizeof digest);
  return digest;
}

engine::Secret new_token(std::string_view handle, engine::crypto::Random& random) {
  std::string token;
  for (const char c : engine::net::ascii_lower(handle)) {
    if (is_letter_or_digit(c)) token += c;
    else if (!token.empty() && token.back() != '-') token += '-';
  }
  while (token.ends_with('-')) token.pop_back();
  if (token.empty()) token = "agent";
  token += '-';
  for (std::size_t drawn = 0; drawn < kRandomCharacters;) {
    std::array<unsigned char, 32> bytes{};
    random.fill(bytes);
    for (const auto byte : bytes) {
      constexpr unsigned kFair = 256 / kAlphabet.size() * kAlphabet.size();  // bytes above would favour the first letters
      if (byte >= kFair || drawn == kRandomCharacters) continue;
      token += kAlphabet[byte % kAlphabet.size()];
      ++drawn;
    }
  }
  return engine::Secret(std::move(token));
}

engine::Result<engine::Secret> chosen_token(std::string_view text) {
  text = engine::net::trimmed(text);
  const auto bad = [](char c) { return !is_letter_or_digit(c) && std::string_view(":_-.").find(c) == std::string_view::npos; };
  if (std::any_of(text.begin(), text.end(), bad)) {
    return engine::fail(engine::Errc::kMalformed, "token: only letters, digits, ':', '_', '-' and '.' can be used");
  }
  if (text.size() < kShortestOwnToken || text.size() > kLongestToken) {
    return engine::fail(engine::Errc::kMalformed, "token: needs " + std::to_string(kShortestOwnToken) + " to " + std::to_string(kLongestToken) + " characters");
  }
  return engine::Secret(std::string(text));
}

std::string token_prefix(const engine::Secret& token) { return std::string(token.reveal().substr(0, kPrefixCharacters)); }

}  // namespace trust
