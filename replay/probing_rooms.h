#pragma once
// What those work with who send one request because an operator pressed a button.

#include "access/audit/audit_log.h"
#include "engine/crypto/random.h"
#include "replay/direct_delivery.h"

namespace replay {

/// All outlive who gets them.
struct ProbingRooms {
  engine::store::Store& store;  ///< opened with families()
  trust::AuditLog& audit;
  const engine::Clock& clock;
  engine::crypto::Random& random;
  asio::any_io_executor blocking;          ///< for calls that touch disk
  const DirectDelivery* direct = nullptr;  ///< nullptr: webhooks are not configured
};

}  // namespace replay
