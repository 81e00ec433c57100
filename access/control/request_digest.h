#pragma once
// Fingerprints of requests: what an approval was given for, and what an idempotency key stands for.

#include "access/control/control_requests.h"

namespace trust {

/// Of what would be carried out: an approval holds for this and nothing else.
RequestDigest subject_digest(std::string_view action_ref, std::string_view canonical_payload);
/// Of everything sent but the key.
RequestDigest request_digest(std::string_view action, const ApprovalRequest& request);
RequestDigest request_digest(std::string_view action, const ExecuteRequest& request);

}  // namespace trust
