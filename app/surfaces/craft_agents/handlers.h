#pragma once
// The functions behind the routes, one file a resource. Each turns arguments into a call of a room and the answer into JSON.

#include "access/gate/gate.h"
#include "app/surfaces/craft_agents/surface.h"

namespace app::craft_agents {

/// What a handler may ask. Lives as long as the surface.
struct Service {
  SurfaceRooms rooms;
  SurfaceConfig config;
  const trust::Gate* gate = nullptr;
  const trust::GateSettings& settings() const { return gate->settings(); }
};

using trust::CallContext;
using trust::Reply;
using engine::Task;

Task<Reply> health(const Service& service, CallContext& call);             // health.cpp
Task<Reply> whoami(const Service& service, CallContext& call);             // whoami.cpp
Task<Reply> changes(const Service& service, CallContext& call);            // changes.cpp
Task<Reply> sync_lag(const Service& service, CallContext& call);           // sync_state.cpp
Task<Reply> record_checkpoint(const Service& service, CallContext& call);
Task<Reply> list_dead_letters(const Service& service, CallContext& call);  // dead_letters.cpp
Task<Reply> replay_dead_letters(const Service& service, CallContext& call);
Task<Reply> capabilities(const Service& service, CallContext& call);       // capabilities.cpp
Task<Reply> openapi(const Service& service, CallContext& call);            // openapi.cpp

}  // namespace app::craft_agents
