#include "app/surfaces/craft_agents/surface.h"

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

struct CraftAgentsSurface::Parts {
  Parts(SurfaceRooms rooms, SurfaceConfig config, trust::GateSettings settings, std::shared_ptr<const trust::CredentialSet> credentials,
        trust::RateLimiter& limiter)
      : envelope(settings.production && settings.fail_on_missing_token_in_production),
        service{rooms, std::move(config)},
        gate(std::string(kBasePath), routes(service), std::move(settings), std::move(credentials), limiter, envelope, rooms.clock) {
    service.gate = &gate;
  }
  Envelope envelope;
  Service service;
  trust::Gate gate;
};

CraftAgentsSurface::CraftAgentsSurface(SurfaceRooms rooms, SurfaceConfig config, trust::GateSettings settings,
                                       std::shared_ptr<const trust::CredentialSet> credentials, trust::RateLimiter& limiter)
    : parts_(std::make_unique<Parts>(rooms, std::move(config), std::move(settings), std::move(credentials), limiter)) {}

CraftAgentsSurface::~CraftAgentsSurface() = default;

engine::Task<engine::net::Response> CraftAgentsSurface::handle(const engine::net::Request& request) {
  return parts_->gate.handle(request);
}

engine::net::Response CraftAgentsSurface::transport_error(int status, std::string_view why) const {
  const std::string id = parts_->envelope.request_id({});
  std::string_view code = "INVALID_REQUEST";
  if (status == 503) code = "SERVICE_UNAVAILABLE";
  if (status == 500) code = "INTERNAL_ERROR";
  engine::net::Response response;
  response.status = status;
  response.body = failure(status, code, why, id, {});
  parts_->envelope.add_headers(response, id, nullptr);
  return response;
}

trust::Gate& CraftAgentsSurface::gate() { return parts_->gate; }

}  // namespace app::craft_agents
