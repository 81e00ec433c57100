#pragma once
// An exchange's result as an outcome that can be judged.

#include "delivery/retry_policy.h"
#include "engine/net/transport.h"

namespace delivery {

/// `now`: against which a Retry-After that is a date is read.
Outcome outcome_of(engine::Result<engine::net::OutboundResponse> answer, engine::WallTime now);

}  // namespace delivery
