#include "delivery/outcome_of.h"

namespace delivery {

Outcome outcome_of(engine::Result<engine::net::OutboundResponse> answer, engine::WallTime now) {
  Outcome outcome;
  if (!answer) {
    outcome.error = answer.error().code;
    outcome.detail = std::move(answer.error().detail);
    return outcome;
  }
  outcome.status = answer->status;
  if (outcome.success()) return outcome;
  if (const auto header = engine::net::find_header(answer->headers, "Retry-After")) outcome.retry_after = parse_retry_after(*header, now);
  return outcome;
}

}  // namespace delivery
