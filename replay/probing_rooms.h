#pragma once
// What those work with who send one request because an operator pressed a button.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/audit/audit_log.h"
#include "engine/crypto/random.h"
#include "replay/direct_delivery.h"

namespace replay {

/// The way to an endpoint: shared, so that one that is changed or removed meanwhile stays while something is under way.
using Way = std::shared_ptr<const DirectDelivery>;

/// All outlive who gets them.
struct ProbingRooms {
  engine::store::Store& store;  ///< opened with families()
  trust::AuditLog& audit;
  const engine::Clock& clock;
  engine::crypto::Random& random;
  asio::any_io_executor blocking;          ///< for calls that touch disk
  const DirectDelivery* direct = nullptr;  ///< to the contract's own endpoint; nullptr: webhooks are not configured
  /// The way to an endpoint that operators made, as it is now. Blocking. kNotFound: there is none of that name; kConflict: nothing may be sent there, and why.
  /// Empty: there are no such endpoints.
  std::function<engine::Result<Way>(const std::string& endpoint)> reach{};
  /// Those of them whose URL leads to the test sink, with their keys. Blocking. Empty: none.
  std::function<engine::Result<std::vector<delivery::EndpointConfig>>()> senders_to_sink{};
};

/// Through `rooms`: empty is the contract's own endpoint. kUnavailable: it is not configured; otherwise as ProbingRooms::reach. Blocking.
engine::Result<Way> way_to(const ProbingRooms& rooms, const std::string& endpoint);

}  // namespace replay
