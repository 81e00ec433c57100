#pragma once
// One row of the audit log (contract craft-agents-governance section 4.10).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/strong_id.h"
#include "engine/base/utc.h"
#include "engine/crypto/hmac.h"

namespace trust {

using AuditId = engine::StrongId<struct AuditIdTag>;

enum class AuditOutcome : std::uint8_t { kInfo, kSuccess, kWarning, kError };
/// "info", "success", "warning", "error".
std::string_view name(AuditOutcome outcome);

/// Who did it, and through what.
struct Actor {
  std::string type;        ///< "credential", "cp-user", "system"
  std::string id;          ///< credential id, "cp:<operator>", "system:<part>"
  std::string request_id;  ///< empty: no request
  std::string address;     ///< client address; empty: none
};

/// What is to be recorded. Texts beyond the column's width are cut at a character (contract 4.10): category, action and entity_type 64, actor type 32, actor and
/// entity id and request id 128, address 64, summary 255 bytes.
struct AuditEvent {
  std::string category;     ///< "credential", "control.policy", "settings", …; empty: "control"
  std::string action;       ///< "create", "revoke", …; empty: "event"
  AuditOutcome outcome = AuditOutcome::kInfo;
  Actor actor;
  std::string entity_type{};
  std::string entity_id{};
  std::string summary{};    ///< for people
  std::string metadata{};   ///< a finished JSON object without secrets; empty: none
};

struct AuditRow {
  AuditId id;               ///< dense from 1
  engine::WallTime at{};    ///< whole seconds
  AuditEvent event;
  engine::crypto::Mac256 mac{};  ///< over the previous row's mac and this row's bytes
};

/// The row without its mac, as it is authenticated and stored.
std::string encode_audit_row(const AuditRow& row);
/// Value on disk: the bytes above and the mac.
std::string encode_stored(const AuditRow& row);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<AuditRow> decode_stored(AuditId id, std::string_view value);

/// One line of an export: the row as JSON, `mac` in hexadecimal.
std::string audit_json(const AuditRow& row);

}  // namespace trust
