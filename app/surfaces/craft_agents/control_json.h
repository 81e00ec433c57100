#pragma once
// The objects of governed actions as the contract shows them (craft-agents-governance 4.2, 4.6 to 4.8, 4.10). Key order is the contract's.

#include "access/control/control_requests.h"
#include "engine/base/json_writer.h"

namespace app::craft_agents {

void write_policy(engine::JsonWriter& json, const trust::Policy& policy);
void write_policy(engine::JsonWriter& json, const trust::ResolvedPolicy& resolved);
/// `replay`: says that it was there already under the same key.
void write_approval(engine::JsonWriter& json, const trust::Approval& approval, engine::WallTime now, bool replay = false);
void write_execution(engine::JsonWriter& json, const trust::Execution& execution, bool replay = false);
void write_simulation(engine::JsonWriter& json, const trust::Simulation& simulation, const trust::ExecuteRequest& request, bool forced, engine::WallTime now);
void write_audit_row(engine::JsonWriter& json, const trust::AuditRow& row);

/// What was or will be done: "record_only": it is written down; "handoff": it is also handed to the configured webhook.
std::string_view execution_mode(const trust::Execution& execution);

}  // namespace app::craft_agents
