#pragma once
// What the audit log says of replay jobs.

#include "access/audit/audit_row.h"
#include "replay/replay_job.h"

namespace replay {

/// `action`: "create", "pause", "resume", "cancel", "finish", "fail".
trust::AuditEvent job_event(const JobView& view, std::string_view action, const trust::Actor& actor);

}  // namespace replay
