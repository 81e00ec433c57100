#pragma once
// What is kept of an endpoint of its own: all but its secrets, which stand in the vault.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/endpoint.h"
#include "delivery/subscription.h"
#include "engine/base/result.h"
#include "engine/base/utc.h"

namespace delivery {

/// Values are on disk.
enum class EndpointState : std::uint8_t {
  kActive = 1,
  kPaused = 2,    ///< by an operator: nothing is sent, everything is kept
  kDisabled = 3,  ///< by the engine: the receiver answered 410
};
/// "active", "paused", "disabled".
std::string_view name(EndpointState state);

/// One of an endpoint's signing secrets; its value stands in the vault.
struct SecretRef {
  std::uint32_t number = 0;                 ///< unique within the endpoint
  engine::WallTime created{};
  std::optional<engine::WallTime> until;    ///< replaced: still signs till then
  friend bool operator==(const SecretRef&, const SecretRef&) = default;
};

struct EndpointRecord {
  std::string name;          ///< 1..64 of [a-z0-9_-]; never changes
  std::string owner;         ///< handle of the credential it belongs to; never changes
  std::string description;
  std::string url;
  Subscription wanted;
  PayloadForm form = PayloadForm::kContract;
  bool standard_headers = false;   ///< EndpointConfig::standard_headers
  std::string public_key;          ///< "whpk_…": a v1a signature too, by the key in the vault; empty: none
  std::vector<engine::net::Header> headers;
  std::chrono::milliseconds timeout{5000};
  unsigned max_attempts = 3;
  std::vector<std::chrono::milliseconds> schedule;  ///< RetryPolicy::schedule
  std::chrono::milliseconds max_age = std::chrono::hours(72);
  std::uint32_t concurrency = 16;
  double rate = 0, burst = 1;
  EndpointState state = EndpointState::kActive;
  std::string state_reason;
  std::vector<SecretRef> secrets;  ///< newest first; never empty
  engine::WallTime created{}, updated{};
};

/// What signs, out of the vault.
struct EndpointKeys {
  std::vector<engine::Secret> secrets;  ///< the live ones, newest first
  engine::Secret signing_key;           ///< of public_key; empty: none
};
/// All of them, of either kind.
std::vector<engine::Secret> all_of(const EndpointKeys& keys);
/// What the dispatcher is given.
EndpointConfig config_of(const EndpointRecord& record, EndpointKeys keys);

/// Value on disk.
std::string encode(const EndpointRecord& record);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<EndpointRecord> decode_endpoint(std::string name, std::string_view bytes);

}  // namespace delivery
