#pragma once
// The bodies of governed actions as the values the control plane takes (contract craft-agents-governance 4.3, 4.4, 4.7). Pure.

#include "access/control/control_requests.h"
#include "access/gate/gate.h"

namespace app::craft_agents {

/// Every function: kMalformed, with words for the caller. The declared parameters of the routes are in control_routes.cpp.
engine::Result<trust::PolicyDraft> policy_draft(const engine::net::Arguments& arguments);
engine::Result<trust::ApprovalRequest> approval_request(const trust::CallContext& call);
engine::Result<trust::ExecuteRequest> execute_request(const trust::CallContext& call);
engine::Result<trust::ExecuteRequest> simulate_request(const trust::CallContext& call);  ///< the same without a key

/// Payload and reference of an action. An object, or the text of one; anything else counts as empty. A name that stands twice in one object is refused: whoever
/// approves and whoever carries out might each see another of the two.
engine::Result<trust::Payload> read_payload(std::string_view action, std::optional<std::string_view> payload, std::optional<std::string_view> metadata);

/// Contract 4.7: why a draft update of this payload cannot be carried out; empty: its form is right.
std::string draft_update_problem(std::string_view payload);

/// What of a policy's config counts. kMalformed: a scope that is too long.
engine::Result<trust::PolicyRules> read_rules(std::string_view config);

}  // namespace app::craft_agents
