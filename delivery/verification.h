#pragma once
// The receiver's side: was this request sent by who knows the key, lately, and has none before it been missed.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/secret.h"
#include "engine/base/utc.h"
#include "engine/net/http.h"

namespace delivery {

/// What the three headers of one kind say; a missing one is empty.
struct Proof {
  std::string_view id, timestamp, signature;
  bool complete() const { return !id.empty() && !timestamp.empty() && !signature.empty(); }
};
/// Views into `headers`: X-Agents-Webhook-Id, -Timestamp, -Signature (contract 16.4).
Proof contract_proof(const std::vector<engine::net::Header>& headers);
/// webhook-id, webhook-timestamp, webhook-signature.
Proof standard_proof(const std::vector<engine::net::Header>& headers);

enum class Verification : std::uint8_t {
  kValid,
  kUnsigned,  ///< timestamp or signature is missing (Standard Webhooks: or the id)
  kInvalid,   ///< there are signatures, and none of them is by one of these keys over these bytes
};
/// By one of `secrets` over timestamp and body, in constant time; with or without "sha256=" in front, hexadecimal digits of either case (contract 16.5, 16.10).
/// Says nothing of the time. An empty secret verifies nothing.
Verification verify_contract(const std::vector<engine::Secret>& secrets, const Proof& proof, std::string_view body);

struct StandardKeys {
  std::vector<engine::Secret> secrets;   ///< bytes, as standard_secret() gives them
  std::vector<std::string> public_keys;  ///< 32 bytes each, as parse_standard_public_key() gives them
};
/// One good signature of a version that there is a key for is enough; other versions are passed over (Standard Webhooks 1.0, "Verifying signatures").
Verification verify_standard(const StandardKeys& keys, const Proof& proof, std::string_view body);

enum class Freshness : std::uint8_t { kFresh, kTooOld, kTooNew, kUnreadable };
/// `timestamp`: Unix seconds in decimal, at most `max_age` from `now` in either direction.
Freshness freshness(std::string_view timestamp, engine::WallTime now, std::chrono::seconds max_age);

/// A number of an endpoint's sequence beside the last one seen.
enum class Continuity : std::uint8_t { kNext, kRepeated, kGap, kUnreadable };
/// kRepeated: not above `last`. kGap: numbers between them have not come, yet or at all: deliveries of different resources overtake each other.
Continuity continuity(std::string_view sequence, std::uint64_t last);

}  // namespace delivery
