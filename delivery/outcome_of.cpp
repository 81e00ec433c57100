#include "delivery/outcome_of.h"

#include "engine/base/cut_text.h"

namespace delivery {
namespace {

constexpr std::size_t kAnswerBytes = 1024;  // more than is kept: what is redacted may be longer than what it becomes

}  // namespace

Outcome outcome_of(engine::Result<engine::net::OutboundResponse> answer, engine::WallTime now) {
  Outcome outcome;
  if (!answer) {
    outcome.error = answer.error().code;
    outcome.detail = std::move(answer.error().detail);
    return outcome;
  }
  outcome.status = answer->status;
  if (outcome.success()) return outcome;
  outcome.answer = engine::cut_text(answer->body, kAnswerBytes);
  if (const auto header = answer->header("Retry-After")) outcome.retry_after = parse_retry_after(*header, now);
  return outcome;
}

}  // namespace delivery
