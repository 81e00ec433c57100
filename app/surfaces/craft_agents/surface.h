#pragma once
// The Craft Agents dialect: /agents/v1 (contract craft-agents-api).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/gate/gate.h"
#include "app/surfaces/craft_agents/external_resource.h"
#include "app/surfaces/craft_agents/readiness.h"

namespace feed {
class Checkpoints;
class FeedReader;
class ListReader;
}
namespace delivery {
class DeadLetters;
}
namespace replay {
class ReplayDesk;
}
namespace trust {
class ControlPlane;
}
namespace app::operations {
class Operations;
}

namespace app::craft_agents {

/// Facts the descriptors show and handlers need, from the configuration.
struct SurfaceConfig {
  std::string version = MILLRACE_VERSION;
  std::string public_url{};  ///< "https://example.test"; empty: the request's Host header
  std::string scheme = "http";  ///< of the address made from that header
  std::vector<ExternalResource> externals{};  ///< tables beyond the contract's resources; those that are not well-formed are left out, with a log line
};

class LiveReading;

/// The rooms behind the surface. All outlive it.
struct SurfaceRooms {
  feed::FeedReader& feed;
  feed::ListReader& lists;
  feed::Checkpoints& checkpoints;
  delivery::DeadLetters& dead_letters;
  replay::ReplayDesk& replay;
  const FeedStatusProvider& status;
  const engine::Clock& clock;
  asio::thread_pool& pool;       ///< for reads that touch the disk
  LiveReading& live;
  trust::ControlPlane* control = nullptr;          ///< nullptr: its routes are not there
  operations::Operations* operations = nullptr;    ///< nullptr: its routes are not there
};

/// Threads: any loop.
class CraftAgentsSurface {
 public:
  CraftAgentsSurface(SurfaceRooms rooms, SurfaceConfig config, trust::GateSettings settings,
                     std::shared_ptr<const trust::CredentialSet> credentials, trust::RateLimiter& limiter);
  ~CraftAgentsSurface();

  /// `request` outlives the coroutine. Never throws.
  engine::Task<engine::net::Response> handle(const engine::net::Request& request);
  /// For errors before a request exists (400 unreadable, 413, 414, 431 …), in the dialect's envelope.
  engine::net::Response transport_error(int status, std::string_view why) const;

  trust::Gate& gate();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace app::craft_agents
