#include "app/surfaces/craft_agents/surface.h"

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

struct CraftAgentsSurface::Parts {
  Parts(SurfaceRooms rooms, SurfaceConfig config, trust::GateSettings settings, std::shared_ptr<const trust::CredentialSet> credentials,
        trust::RateLimiter& limiter)
      : envelope(settings.production && settings.fail_on_missing_token_in_production),
        service{rooms, config, make_externals(config.externals)},
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

namespace {

const std::string kPlugins = std::string(kBasePath) + "/plugins/";

/// Handles of plugins and their resources are matched in any case (contract 17.2), ids are not. A resource that is not there has no path.
std::string routed_path(const Service& service, std::string_view path) {
  const auto resource = path.find('/', kPlugins.size());
  const auto handles = path.substr(0, resource == path.npos ? path.npos : path.find('/', resource + 1));
  auto folded = engine::net::ascii_lower(handles);
  const auto below = std::string_view(folded).substr(kBasePath.size());
  for (const auto* external : service.offered()) {
    if (below == external->list_path()) return folded.append(path.substr(handles.size()));
  }
  return kPlugins;
}

engine::Task<engine::net::Response> handle_external(const Service& service, trust::Gate& gate, engine::net::Request request) {
  request.path = routed_path(service, request.path);
  co_return co_await gate.handle(request);
}

}  // namespace

engine::Task<engine::net::Response> CraftAgentsSurface::handle(const engine::net::Request& request) {
  if (request.path.starts_with(kPlugins)) return handle_external(parts_->service, parts_->gate, request);
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
