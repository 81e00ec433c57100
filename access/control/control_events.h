#pragma once
// What the audit log is told of governed actions (contract craft-agents-governance 4.10).

#include "access/audit/audit_row.h"
#include "access/control/execution.h"

namespace trust {

AuditEvent told_policy(std::string_view action, const Policy& policy, const Actor& actor);
AuditEvent told_boundary(std::string_view action, const Boundary& boundary, const Actor& actor);
AuditEvent told_request(const Approval& approval, const std::string& policy_handle, const Actor& actor);
/// `kind`: kFirst, kApproved or kRejected.
AuditEvent told_decision(const Approval& approval, Transition::Kind kind, const Ruling& ruling, const Actor& actor);
/// A decision that was not allowed, or came too late.
AuditEvent told_refused_decision(const Approval& approval, Choice choice, std::string_view why, const Actor& actor);
AuditEvent told_time_passed(const Approval& approval, TimePassed what);
AuditEvent told_execution(const Execution& execution, const Actor& actor);
/// The hand-over ended, one way or the other.
AuditEvent told_handoff(const Execution& execution);

/// The one who acts when nobody does: "system:sla", "system:recovery", …
Actor system_actor(std::string_view part);

}  // namespace trust
