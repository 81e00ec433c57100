#include "app/operations/outbox.h"

#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace app::operations {

namespace {

using engine::Errc;
using engine::Result;
using engine::telemetry::Level;

constexpr std::size_t kErrorBytes = 1024;

Result<void> no_channel() { return engine::fail(Errc::kUnsupported, "this channel is no longer configured"); }

/// What the attempt's end makes of the row; kUnsupported: there was none, and there will be none.
void conclude(NotificationRow& row, const Result<void>& outcome, engine::WallTime now, const Redactor& redact) {
  row.updated = engine::floor_seconds(now);
  const bool tried = outcome || outcome.error().code != Errc::kUnsupported;
  if (tried) {
    row.last_attempt = row.updated;
    ++row.attempts;
  }
  if (outcome) {
    row.status = NotificationStatus::kSent;
    row.sent = row.last_attempt;
    row.error.clear();
    return;
  }
  row.error = redact(outcome.error().detail).substr(0, kErrorBytes);
  if (!tried || row.attempts >= Outbox::kAttempts)
    row.status = NotificationStatus::kFailed;
  else
    row.due = *row.last_attempt + Outbox::pause_after(row.attempts);
}

void log_outcome(const NotificationRow& row) {
  const bool sent = row.status == NotificationStatus::kSent;
  const auto channel = name(row.channel);
  if (sent)
    return engine::telemetry::log_event(Level::kInfo, "notification_sent",
                                        {{"id", row.id.value}, {"type", name(row.event)}, {"channel", channel}, {"attempts", row.attempts}});
  engine::telemetry::log_event(Level::kWarn, row.status == NotificationStatus::kFailed ? "notification_failed" : "notification_attempt_failed",
                               {{"id", row.id.value}, {"type", name(row.event)}, {"channel", channel}, {"attempts", row.attempts}, {"detail", row.error}});
}

}  // namespace

Outbox::Outbox(NotificationLog& log, Channels channels, const engine::Clock& clock, const Redactor& redact, asio::any_io_executor blocking)
    : log_(log), channels_(channels), clock_(clock), redact_(redact), blocking_(std::move(blocking)) {}

engine::Task<Result<void>> Outbox::send_due() {
  auto read = [this, now = clock_.wall_now()] { return log_.due(now, kAtOnce); };
  auto rows = co_await engine::on_pool(blocking_, read);
  if (!rows) co_return rows.take_error();
  for (auto& row : *rows) {
    if (auto recorded = co_await attempt(row); !recorded) co_return recorded;
  }
  co_return engine::ok();
}

engine::Task<Result<void>> Outbox::attempt(NotificationRow& row) {
  auto* channel = row.channel == Channel::kEmail ? channels_.email : channels_.webhook;
  auto outcome = no_channel();
  if (channel) outcome = co_await channel->deliver(row);
  if (!outcome && outcome.error().code == Errc::kCancelled) co_return outcome;  // we are stopping: it waits for the next start
  conclude(row, outcome, clock_.wall_now(), redact_);
  log_outcome(row);
  auto keep = [this, &row] { return log_.record(row); };
  co_return co_await engine::on_pool(blocking_, keep);
}

}  // namespace app::operations
