#pragma once
// The operators' dialect: /admin/v1, and /agents/v1 as operators see it (contract craft-agents-governance sections 2.13, 2.14, 8).

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "access/gate/gate.h"
#include "access/managed_credentials.h"
#include "app/surfaces/admin/desk.h"

namespace trust {
class AuditLog;
}
namespace delivery {
class Fleet;
struct EndpointRecord;
}  // namespace delivery
namespace app {
class WebhookDesk;
}

namespace app::admin {

/// What an operator may be allowed; "*" stands for all but sensitive:read.
inline constexpr std::string_view kPermissions[] = {
    "credentials:view", "credentials:manage", "credentials:rotate", "credentials:revoke", "credentials:delete", "audit:read",      "operations:read",
    "operations:manage", "deliveries:replay", "endpoints:view",    "endpoints:manage",   "endpoints:seek",     "control:view",       "control:policies",
    "control:approvals", "control:execute",   "sensitive:read",
};

/// What stands behind the endpoints.
struct EndpointRooms {
  delivery::Fleet& fleet;
  std::function<std::string(const delivery::EndpointRecord&)> owner_problem;  ///< why its owner may not be told what it wants; empty: it may
};

/// The rooms behind the surface. All outlive it.
struct AdminRooms {
  trust::ManagedCredentials& credentials;
  trust::AuditLog& audit;
  const engine::Clock& clock;
  asio::thread_pool& pool;                   ///< for what touches the disk
  std::function<std::string()> prometheus{};                    ///< text for GET /metrics; blocking. Empty: that path is not there
  std::function<engine::Result<std::string>()> check_status{};  ///< runs the status monitor, tells whom it concerns, gives JSON; the same
  const DeskRooms* desk = nullptr;           ///< dead letters, replays, deliveries; nullptr: their paths are not there
  const EndpointRooms* endpoints = nullptr;  ///< nullptr: their paths are not there
  WebhookDesk* webhook_desk = nullptr;                          ///< the probe and the test sink; nullptr: their paths are not there
};

/// Threads: any loop.
class AdminSurface {
 public:
  /// `limiter` counts for this surface alone.
  AdminSurface(AdminRooms rooms, trust::GateSettings settings, std::shared_ptr<const trust::CredentialSet> operators, trust::RateLimiter& limiter);
  ~AdminSurface();

  /// `request` outlives the coroutine. Never throws.
  engine::Task<engine::net::Response> handle(const engine::net::Request& request);
  trust::Gate& gate();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace app::admin
