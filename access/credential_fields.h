#pragma once
// What may stand in the fields of a managed credential, and in which form it is kept (contract craft-agents-governance 2.3, 2.6 to 2.9, 2.12).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/managed_credential.h"
#include "engine/base/result.h"

namespace trust {

/// Every function: kMalformed, with a detail that begins with the field's name in the API; pure.
engine::Result<std::string> checked_handle(std::string_view text);
/// Cut to 255 bytes at a character.
std::string kept_text(std::string_view text);
/// Lower case, known names, "plugins:…:read" and "*" only, entries:write under its present name; sorted, unique. An empty list grants nothing.
engine::Result<std::vector<std::string>> checked_scopes(const std::vector<std::string>& names);
/// Of "entry", "order", "product"; "*" is all of them.
engine::Result<std::vector<std::string>> checked_webhook_types(const std::vector<std::string>& names);
/// Of "created", "deleted", "updated"; "*" is all of them.
engine::Result<std::vector<std::string>> checked_webhook_actions(const std::vector<std::string>& names);
/// Entries may hold several, separated by commas or white space. Canonical "address/prefix", sorted, unique. Names every bad one: a list that
/// lost its only entry would let everybody in.
engine::Result<std::vector<std::string>> checked_allowlist(const std::vector<std::string>& entries);
/// Lower case, unique, each with one '@' and something on both sides.
engine::Result<std::vector<std::string>> checked_recipients(const std::vector<std::string>& addresses);

/// Contract 2.6. `fresh`: at creation, where no days mean no expiry.
engine::Result<void> set_expiry(ManagedCredential& credential, std::optional<std::int64_t> ttl_days, std::optional<std::int64_t> reminder_days, WallTime now,
                                bool fresh);

}  // namespace trust
