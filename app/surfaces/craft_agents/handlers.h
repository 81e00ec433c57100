#pragma once
// The functions behind the routes, one file a resource. Each turns arguments into a call of a room and the answer into JSON.

#include "access/gate/gate.h"
#include "app/surfaces/craft_agents/surface.h"

namespace app::craft_agents {

class External;
struct Resource;

/// What a handler may ask. Lives as long as the surface.
struct Service {
  SurfaceRooms rooms;
  SurfaceConfig config;
  std::vector<std::unique_ptr<const External>> externals{};  ///< sorted by plugin and resource
  const trust::Gate* gate = nullptr;
  const trust::GateSettings& settings() const { return gate->settings(); }
  /// A type of the shop that is there (contract 2.2).
  bool serves(std::string_view item) const { return settings().features.commerce && rooms.status.has_type(item); }
  /// The external resources whose tables are there.
  std::vector<const External*> offered() const;
};

using trust::CallContext;
using trust::Reply;
using engine::Task;

Task<Reply> health(const Service& service, CallContext& call);             // health.cpp
Task<Reply> whoami(const Service& service, CallContext& call);             // whoami.cpp
Task<Reply> changes(const Service& service, CallContext& call);            // changes.cpp
Task<Reply> list(const Service& service, const Resource& resource, CallContext& call);  // lists.cpp
Task<Reply> show(const Service& service, const Resource& resource, CallContext& call);  // shows.cpp
Task<Reply> list_external(const Service& service, const External& external, CallContext& call);  // externals.cpp
Task<Reply> show_external(const Service& service, const External& external, CallContext& call);
Task<Reply> sections(const Service& service, CallContext& call);           // sections.cpp
Task<Reply> sync_lag(const Service& service, CallContext& call);           // sync_state.cpp
Task<Reply> record_checkpoint(const Service& service, CallContext& call);
Task<Reply> list_dead_letters(const Service& service, CallContext& call);  // dead_letters.cpp
Task<Reply> replay_dead_letters(const Service& service, CallContext& call);
Task<Reply> capabilities(const Service& service, CallContext& call);       // capabilities.cpp
Task<Reply> openapi(const Service& service, CallContext& call);            // openapi.cpp
Task<Reply> schema(const Service& service, CallContext& call);             // schema.cpp
Task<Reply> templates(const Service& service, CallContext& call);          // recipes.cpp
Task<Reply> starter_packs(const Service& service, CallContext& call);
Task<Reply> control_policies(const Service& service, CallContext& call);   // control.cpp
Task<Reply> upsert_policy(const Service& service, CallContext& call);
Task<Reply> control_approvals(const Service& service, CallContext& call);
Task<Reply> request_approval(const Service& service, CallContext& call);
Task<Reply> decide_approval(const Service& service, CallContext& call);
Task<Reply> control_executions(const Service& service, CallContext& call);
Task<Reply> simulate_action(const Service& service, CallContext& call);
Task<Reply> execute_action(const Service& service, CallContext& call);
Task<Reply> control_audit(const Service& service, CallContext& call);
// operations.cpp; only where the service has operations
Task<Reply> readiness(const Service& service, CallContext& call);
Task<Reply> metrics(const Service& service, CallContext& call);
Task<Reply> incidents(const Service& service, CallContext& call);
Task<Reply> lifecycle(const Service& service, CallContext& call);
Task<Reply> adoption(const Service& service, CallContext& call);
Task<Reply> diagnostics(const Service& service, CallContext& call);

using HandlerFunction = Task<Reply> (*)(const Service&, CallContext&);
/// A route with its handler bound to the service, which outlives it.
trust::Route serve(const Service& service, HandlerFunction handler, engine::net::Route declared);  // routes.cpp

}  // namespace app::craft_agents
