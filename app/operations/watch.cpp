#include "app/operations/watch.h"

#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace app::operations {

using engine::Result;

Watch::Watch(Operations& operations, Outbox& outbox, engine::Timers& timers, asio::any_io_executor blocking, std::function<void()> every_look)
    : operations_(operations), outbox_(outbox), timers_(timers), blocking_(std::move(blocking)), every_look_(std::move(every_look)) {}

void Watch::note(std::string_view what, const Result<void>& outcome, bool& failing) {
  if (!outcome && outcome.error().code == engine::Errc::kCancelled) return;  // we are stopping
  const bool failed = !outcome;
  if (failed && !failing) engine::telemetry::log_event(engine::telemetry::Level::kWarn, "watch_failed", {{"what", what}, {"detail", outcome.error().detail}});
  if (!failed && failing) engine::telemetry::log_event(engine::telemetry::Level::kInfo, "watch_recovered", {{"what", what}});
  failing = failed;
}

engine::Task<void> Watch::run() {
  auto next_look = timers_.now();
  while (!stopping_) {
    co_await timers_.sleep_until(timers_.now() + kRound);
    if (stopping_) co_return;
    if (timers_.now() >= next_look) {
      next_look = timers_.now() + kLook;
      co_await look();
    }
    if (!stopping_) co_await round();
  }
}

engine::Task<void> Watch::round() {
  auto tell = [this]() -> Result<void> {
    auto told = operations_.tell_of_dead_letters();
    if (!told) return told.take_error();
    return engine::ok();
  };
  note("dead_letters", co_await engine::on_pool(blocking_, tell), round_failing_);
  note("outbox", co_await outbox_.send_due(), sending_failing_);
}

engine::Task<void> Watch::look() {
  auto work = [this]() -> Result<void> {
    if (every_look_) every_look_();
    auto kept = operations_.keep_counters();
    auto run = operations_.check_status();
    if (!run) return run.take_error();
    return kept;
  };
  note("monitor", co_await engine::on_pool(blocking_, work), look_failing_);
}

}  // namespace app::operations
