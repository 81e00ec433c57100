#pragma once
// A credential that is made, changed and taken away while the server runs (contract craft-agents-governance section 2).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/token.h"
#include "engine/base/result.h"
#include "engine/base/strong_id.h"
#include "engine/base/utc.h"

namespace trust {

using ManagedId = engine::StrongId<struct ManagedIdTag>;
using engine::WallTime;

/// A token's digest, still good for a while after its successor was made.
struct OverlappingToken {
  TokenDigest digest{};
  WallTime until{};
  friend bool operator==(const OverlappingToken&, const OverlappingToken&) = default;
};

/// The stored record (contract 2.1). Times are whole seconds.
struct ManagedCredential {
  ManagedId id;
  std::string handle;                 ///< unique, never changes; credential id and actor id
  std::string display_name;
  std::string description;
  std::string owner;
  bool force_human_approval = true;
  std::vector<std::string> approval_recipients;   ///< e-mail addresses told of this credential's approvals
  std::vector<std::string> scopes;                ///< normalised, sorted
  std::vector<std::string> webhook_types;         ///< of "entry", "order", "product"; sorted
  std::vector<std::string> webhook_actions;       ///< of "created", "deleted", "updated"; sorted
  std::vector<std::string> ip_allowlist;          ///< canonical "address/prefix", sorted
  std::optional<WallTime> expires_at;
  std::uint32_t expiry_reminder_days = 7;         ///< 0: never expires
  TokenDigest digest{};
  std::string token_prefix;
  std::optional<OverlappingToken> previous;       ///< after a rotation with overlap
  std::optional<WallTime> rotated_at, revoked_at, paused_at;
  std::optional<WallTime> first_used_at, last_used_at;
  std::string last_used_ip, last_auth_method;
  WallTime created{}, updated{};
  friend bool operator==(const ManagedCredential&, const ManagedCredential&) = default;
};

/// Value on disk.
std::string encode_managed(const ManagedCredential& credential);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<ManagedCredential> decode_managed(ManagedId id, std::string_view value);

/// In order of precedence.
enum class CredentialMode : std::uint8_t { kRevoked, kExpired, kPaused, kExpiringSoon, kActive };
/// "revoked", "expired", "paused", "expiring_soon", "active".
std::string_view name(CredentialMode mode);
CredentialMode mode(const ManagedCredential& credential, WallTime now);
/// May its token be used now? (active or expiring soon)
bool is_usable(const ManagedCredential& credential, WallTime now);

/// "none", "never", "active", "expiring_soon", "expired" (contract 2.2, 2.6).
std::string_view expiry_status(const ManagedCredential& credential, WallTime now);
/// Whole days left, rounded down; nullopt: no expiry.
std::optional<std::int64_t> expires_in_days(const ManagedCredential& credential, WallTime now);

/// Contract 2.3: trimmed, lower case, runs of other characters one '-', none at the ends; empty where nothing is left.
std::string normal_handle(std::string_view text);

}  // namespace trust
