#pragma once
// Every key that access keeps in the store. Integers are big-endian.
//
//   family    key                          value                               read by
//   accounts  "c" | id:u64                 managed credential (managed_credential.h)  ManagedCredentials
//   accounts  "n"                          next id:u64                         ManagedCredentials
//   secrets   name                         sealed secret (engine/crypto/aead.h) Vault
//   audit     row:u64                      audit row (audit/audit_row.h)       AuditLog
//   control   see control/                                                     control plane
//
// Layouts are on disk: add a tag or a version, never reuse one.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trust {

inline constexpr std::string_view kAccountsFamily = "accounts";
inline constexpr std::string_view kSecretsFamily = "secrets";
inline constexpr std::string_view kAuditFamily = "audit";
inline constexpr std::string_view kControlFamily = "control";
inline constexpr std::string_view kOperationsFamily = "operations";  ///< what app/operations keeps: counters, monitor states, notifications

/// For engine::store::Options::families.
std::vector<std::string> families();

/// `prefix` and the number; ascending numbers are ascending keys.
std::string numbered_key(std::string_view prefix, std::uint64_t number);
/// The number of such a key; nullopt: another one.
std::optional<std::uint64_t> number_of_key(std::string_view prefix, std::string_view key);

}  // namespace trust
