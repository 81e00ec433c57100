#include "app/handoff/action_handoff.h"

#include <algorithm>

#include "delivery/outcome_of.h"
#include "engine/base/json_writer.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace app {
namespace {

using namespace std::chrono_literals;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr std::size_t kAtOnce = 16;
constexpr auto kLongestRest = 60s;  // then it looks again in any case: wall clocks move
constexpr auto kStorageRetry = 1s;

}  // namespace

std::string handoff_id(trust::ExecutionId id) { return "execution-" + std::to_string(id.value); }

std::string handoff_body(const trust::Execution& execution) {
  std::string body;
  engine::JsonWriter json(body);
  const auto optional = [&json](std::string_view key, const auto& number) {
    json.key(key);
    number ? json.number(static_cast<std::int64_t>(*number)) : json.null();
  };
  json.begin_object();
  json.key("eventKind").string("control.execution");
  json.key("handoffId").string(handoff_id(execution.id));
  json.key("executionId").number_u64(execution.id.value);
  json.key("actionType").string(execution.action);
  json.key("actionRef");
  execution.action_ref.empty() ? json.null() : json.string(execution.action_ref);
  json.key("requestedBy").string(execution.requested_by.id);
  optional("approvalId", execution.approval ? std::optional(execution.approval->value) : std::nullopt);
  json.key("idempotencyKey").string(execution.idempotency_key);
  json.key("policyHandle").string(execution.policy_handle);
  json.key("riskLevel").string(trust::name(execution.risk));
  json.key("payload").raw(execution.payload);
  json.key("executedAt").string(engine::rfc3339(execution.executed.value_or(execution.created)));
  json.end_object();
  return body;
}

ActionHandoff::ActionHandoff(HandoffRooms rooms, delivery::EndpointConfig endpoint, engine::net::Url url)
    : rooms_(std::move(rooms)),
      endpoint_(std::move(endpoint)),
      url_(std::move(url)),
      headers_(endpoint_.secrets.front(), endpoint_.user_agent),
      signal_(rooms_.loop),
      random_(rooms_.seed) {}

engine::Result<std::unique_ptr<ActionHandoff>> ActionHandoff::make(HandoffRooms rooms, delivery::EndpointConfig endpoint) {
  auto url = delivery::check(endpoint);
  if (!url) return url.take_error();
  return std::unique_ptr<ActionHandoff>(new ActionHandoff(std::move(rooms), std::move(endpoint), std::move(*url)));
}

engine::Task<void> ActionHandoff::run() {
  auto& control = rooms_.control;
  auto look = [&control]() -> engine::Result<Work> {
    auto due = control.handoffs_due(kAtOnce);
    if (!due) return due.take_error();
    return Work{std::move(*due), control.next_handoff()};
  };
  while (!stopping_) {
    woken_ = false;
    const auto work = co_await engine::on_pool(rooms_.blocking, look);
    if (!work) {
      log_event(Level::kWarn, "handoff_not_read", {{"detail", work.error().detail}});
      co_await rooms_.timers.sleep_until(rooms_.timers.now() + kStorageRetry);
      continue;
    }
    for (const auto& execution : work->due) {
      if (stopping_) co_return;
      if (!co_await hand_over(execution)) co_await rooms_.timers.sleep_until(rooms_.timers.now() + kStorageRetry);
    }
    if (work->due.empty()) co_await rest(work->next);
  }
}

// False: what became of it could not be written down, so it comes again.
engine::Task<bool> ActionHandoff::hand_over(const trust::Execution& execution) {
  const auto id = handoff_id(execution.id), body = handoff_body(execution);
  engine::net::OutboundRequest request{.url = &url_, .lines = headers_.sign(id, rooms_.timers.wall_now(), body), .body = body};
  request.connect_timeout = endpoint_.connect_timeout();
  request.total_timeout = endpoint_.timeout;
  auto answer = co_await rooms_.transport.post(request);
  const auto now = rooms_.timers.wall_now();
  const auto outcome = delivery::outcome_of(std::move(answer), now);
  const auto number = execution.handoff.attempts + 1;
  const auto verdict = delivery::judge(endpoint_.retry, {.number = number}, outcome, random_);
  const auto error = outcome.success() ? std::string() : delivery::describe(outcome);
  const bool again = verdict.kind == delivery::Verdict::Kind::kRetry;
  // Kept in whole seconds: rounded up, a wait is never shorter than drawn.
  const auto retry_at = again ? std::optional<engine::WallTime>(std::chrono::ceil<std::chrono::seconds>(now + verdict.delay)) : std::nullopt;
  log_event(error.empty() ? Level::kInfo : Level::kWarn,
            error.empty() ? "handed_over"
            : again       ? "handoff_failed"
                          : "handoff_given_up",
            {{"execution", execution.id.value}, {"attempt", number}, {"status", outcome.status}});
  auto& control = rooms_.control;
  auto record = [&control, &execution, &error, retry_at] { return control.record_handoff(execution.id, error, retry_at); };
  const auto recorded = co_await engine::on_pool(rooms_.blocking, record);
  if (!recorded) log_event(Level::kWarn, "handoff_not_recorded", {{"execution", execution.id.value}, {"detail", recorded.error().detail}});
  co_return recorded.has_value();
}

engine::Task<void> ActionHandoff::rest(std::optional<engine::WallTime> until) {
  if (woken_ || stopping_) co_return;
  const auto now = rooms_.timers.wall_now();
  const std::chrono::microseconds wait = until ? std::clamp<std::chrono::microseconds>(*until - now, 0us, kLongestRest) : kLongestRest;
  co_await signal_.wait_until(rooms_.timers, rooms_.timers.now() + wait);
}

void ActionHandoff::stop() {
  const auto end = [this] {
    stopping_ = true;
    signal_.wake_all();
  };
  asio::post(rooms_.loop, end);
}

void ActionHandoff::wake() {
  const auto ring = [this] {
    woken_ = true;
    signal_.wake_all();
  };
  asio::post(rooms_.loop, ring);
}

}  // namespace app
