#include "delivery/verification.h"

#include <algorithm>

#include "engine/base/text_codec.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/hmac.h"
#include "engine/net/http_syntax.h"

namespace delivery {
namespace {

using engine::crypto::bytes_of;
using engine::crypto::HmacSha256;

constexpr std::size_t kMaxSignatures = 64;  // in one header; a sender has a few live keys

std::string_view value_of(const std::vector<engine::net::Header>& headers, std::string_view name) {
  return engine::net::find_header(headers, name).value_or(std::string_view{});
}

// Of "v1,…" or "v1a,…": is it by one of the keys?
bool is_ours(const StandardKeys& keys, const Proof& proof, std::string_view body, std::string_view version, const std::string& signature) {
  if (version == "v1") {
    return std::any_of(keys.secrets.begin(), keys.secrets.end(), [&](const engine::Secret& secret) {
      if (secret.empty()) return false;
      const auto mac = HmacSha256(secret).sign({proof.id, ".", proof.timestamp, ".", body});
      return engine::equal_constant_time(bytes_of(mac), signature);
    });
  }
  if (version != "v1a" || keys.public_keys.empty()) return false;
  std::string message;
  message.append(proof.id).append(1, '.').append(proof.timestamp).append(1, '.').append(body);
  return std::any_of(keys.public_keys.begin(), keys.public_keys.end(),
                     [&](const std::string& key) { return engine::crypto::ed25519_verifies(key, message, signature); });
}

}  // namespace

Proof contract_proof(const std::vector<engine::net::Header>& headers) {
  return {value_of(headers, "X-Agents-Webhook-Id"), value_of(headers, "X-Agents-Webhook-Timestamp"), value_of(headers, "X-Agents-Webhook-Signature")};
}

Proof standard_proof(const std::vector<engine::net::Header>& headers) {
  return {value_of(headers, "webhook-id"), value_of(headers, "webhook-timestamp"), value_of(headers, "webhook-signature")};
}

Verification verify_contract(const std::vector<engine::Secret>& secrets, const Proof& proof, std::string_view body) {
  if (proof.timestamp.empty() || proof.signature.empty()) return Verification::kUnsigned;
  auto hex = proof.signature;
  if (hex.starts_with("sha256=")) hex.remove_prefix(7);
  const auto signature = engine::from_hex(hex);
  if (!signature) return Verification::kInvalid;
  for (const auto& secret : secrets) {
    if (secret.empty()) continue;
    const auto mac = HmacSha256(secret).sign({proof.timestamp, ".", body});
    if (engine::equal_constant_time(bytes_of(mac), *signature)) return Verification::kValid;
  }
  return Verification::kInvalid;
}

Verification verify_standard(const StandardKeys& keys, const Proof& proof, std::string_view body) {
  if (!proof.complete()) return Verification::kUnsigned;
  auto rest = proof.signature;
  for (std::size_t i = 0; i < kMaxSignatures && !rest.empty(); ++i) {
    const auto one = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const auto comma = std::min(one.find(','), one.size());
    const auto signature = comma < one.size() ? engine::from_base64(one.substr(comma + 1)) : std::nullopt;
    if (signature && is_ours(keys, proof, body, one.substr(0, comma), *signature)) return Verification::kValid;
  }
  return Verification::kInvalid;
}

Freshness freshness(std::string_view timestamp, engine::WallTime now, std::chrono::seconds max_age) {
  constexpr std::uint64_t kFarAway = 1ull << 40;  // 36,000 years: what is beyond is no time, and differences below cannot overflow
  const auto seconds = engine::net::parse_decimal(timestamp);
  if (!seconds || *seconds > kFarAway) return Freshness::kUnreadable;
  const auto age = engine::unix_seconds(now) - static_cast<std::int64_t>(*seconds);
  if (age > max_age.count()) return Freshness::kTooOld;
  return age < -max_age.count() ? Freshness::kTooNew : Freshness::kFresh;
}

Continuity continuity(std::string_view sequence, std::uint64_t last) {
  const auto number = engine::net::parse_decimal(sequence);
  if (!number || *number == 0) return Continuity::kUnreadable;
  if (*number <= last) return Continuity::kRepeated;
  return *number == last + 1 ? Continuity::kNext : Continuity::kGap;
}

}  // namespace delivery
