#include "app/surfaces/craft_agents/control_shapes.h"

#include "app/surfaces/craft_agents/shapes.h"

namespace app::craft_agents::shapes {

using engine::net::Shape;

namespace {

constexpr std::string_view kPolicy =
    "id:i handle:s displayName:s actionPattern:s requiresApproval:b enabled:b riskLevel:s config:o dateCreated:t? dateUpdated:t?";
constexpr std::string_view kApproval =
    "id:i actionType:s actionRef:s? status:s requestedBy:s decidedBy:s? secondaryDecisionBy:s? reason:s? decisionReason:s? secondaryDecisionReason:s? "
    "idempotencyKey:s? "
    "requestPayload:o metadata:o draftExecutionMetadata:o boundDraftExecutionId:i? boundDraftStatus:s? boundDraftEntryId:i? boundDraftSiteId:i? "
    "boundDraftId:i? "
    "boundDraftRecordId:i? boundDraftName:s? boundDraftMessage:s? boundDraftConflictType:s? boundDraftConflicts:O requiredApprovals:i approvalCount:i "
    "approvalsRemaining:i "
    "assuranceMode:s assuranceModeLabel:s assuranceReason:s assuranceReasonLabel:s assuranceDegraded:b assuranceEvaluatedAt:t assuranceActiveCpUserCount:i "
    "slaDueAt:t? "
    "escalateAfterMinutes:i? expireAfterMinutes:i? slaState:s slaSecondsRemaining:i? escalatedAt:t? expiredAt:t? decidedAt:t? secondaryDecisionAt:t? "
    "dateCreated:t dateUpdated:t "
    "rejectedBy:s? executionId:i? idempotentReplay:b*";
constexpr std::string_view kExecution =
    "id:i actionType:s actionRef:s? status:s requestedBy:s requiredScope:s approvalId:i? idempotencyKey:s requestPayload:o resultPayload:o errorMessage:s? "
    "executedAt:t? "
    "dateCreated:t dateUpdated:t idempotentReplay:b*";
constexpr std::string_view kAudit =
    "id:i category:s action:s outcome:s actorType:s actorId:s requestId:s? ipAddress:s? entityType:s? entityId:s? summary:s? metadata:o dateCreated:t "
    "dateUpdated:t";

Shape of(std::string_view notation) { return Shape::object(fields(notation, false)); }

Shape resolved_policy() {
  auto members = fields(kPolicy, false);
  members.push_back({"requiredScope", Shape::text()});
  return Shape::object(std::move(members));
}

Shape many(std::string_view notation, std::string_view meta) { return enveloped(Shape::array(of(notation)), {{"meta", of(meta)}}); }

constexpr std::string_view kPaged = "count:i nextBefore:i?";

}  // namespace

Shape policies() { return many(kPolicy, "count:i"); }
Shape policy() { return enveloped(of(kPolicy)); }
Shape approvals() { return many(kApproval, kPaged); }
Shape approval() { return enveloped(of(kApproval)); }
Shape executions() { return many(kExecution, kPaged); }
Shape execution() { return enveloped(of(kExecution), {{"meta", Shape::object({{"policy", resolved_policy()}})}}); }
Shape audit() { return many(kAudit, kPaged); }

Shape simulation() {
  auto evaluation = Shape::object({{"status", Shape::one_of({"allowed", "requires_approval", "blocked"})},
                                   {"approvalStatus", Shape::text()},
                                   {"wouldExecute", Shape::boolean()},
                                   {"reasons", Shape::array(Shape::text())},
                                   {"forceHumanApproval", Shape::boolean()}});
  return enveloped(Shape::object({{"simulation", Shape::boolean()},
                                  {"actionType", Shape::text()},
                                  {"actionRef", Shape::text().or_null()},
                                  {"requiredScope", Shape::text()},
                                  {"policy", resolved_policy()},
                                  {"approvalId", Shape::integer().or_null()},
                                  {"requestPayload", Shape::map(Shape::any())},
                                  {"evaluation", std::move(evaluation)},
                                  {"generatedAt", Shape::timestamp()}}));
}

}  // namespace app::craft_agents::shapes
