#include "delivery/dispatcher.h"

#include <algorithm>
#include <utility>

#include "delivery/dispatcher_core.h"
#include "delivery/lost_range.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr std::size_t kWindowBytes = 1u << 20;   // of payloads read ahead
constexpr std::size_t kReadChanges = 256;        // of the log at a time
constexpr auto kStorageRetry = 1s;

void bump(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) { counter.fetch_add(n, std::memory_order_relaxed); }

}  // namespace

Dispatcher::Impl::Impl(Rooms rooms, EndpointConfig config, engine::net::Url url, const ProgressStore::State& state)
    : rooms_(std::move(rooms)),
      config_(std::move(config)),
      url_(std::move(url)),
      store_(rooms_.store, config_.name),
      lanes_(state.progress),
      breaker_(config_.breaker),
      random_(rooms_.seed),
      work_(rooms_.loop),
      room_(rooms_.loop),
      alarm_(rooms_.loop),
      dirty_signal_(rooms_.loop),
      save_now_(rooms_.loop),
      part_ended_(rooms_.loop) {
  const auto now = rooms_.timers.now();
  const auto wall = rooms_.timers.wall_now();
  for (const ParkedRow& row : state.parked) {
    // A wall clock that was set back must not turn a wait of seconds into one of days.
    const auto longest = std::max(config_.retry.cap, config_.retry.max_retry_after);
    lanes_.restore(row, now + std::clamp<std::chrono::microseconds>(row.due - wall, 0us, longest));
  }
  publish();
}

engine::Task<void> Dispatcher::Impl::ended(engine::Task<void> part) {
  co_await std::move(part);
  --parts_;
  part_ended_.wake_all();
}

engine::Task<void> Dispatcher::Impl::run() {
  co_await load_replays();
  parts_ = config_.concurrency + 2;
  for (std::size_t i = 0; i < config_.concurrency; ++i) asio::co_spawn(rooms_.loop, ended(worker()), asio::detached);
  asio::co_spawn(rooms_.loop, ended(pump()), asio::detached);
  asio::co_spawn(rooms_.loop, ended(alarm()), asio::detached);
  while (parts_ > 0) {
    if (!stopping_) {
      co_await keeper();
    } else {
      co_await part_ended_.wait();
    }
  }
  if (dirty_ || lanes_.has_rows()) co_await persist();
}

// Requests of an earlier life. New ones may arrive meanwhile; a lane refuses the second one of an id.
engine::Task<void> Dispatcher::Impl::load_replays() {
  DeadLetterId after{};
  for (;;) {
    const auto read = [this, after] { return rooms_.dead_letters.ids(DeadLetterStatus::kQueued, after, 500); };
    auto ids = co_await engine::on_pool(rooms_.blocking, read);
    if (!ids) {
      bump(storage_errors_);
      log_event(Level::kError, "replays_unreadable", {{"endpoint", config_.name}, {"error", ids.error().detail}});
    }
    if (!ids || ids->empty()) co_return;
    for (const DeadLetterId id : *ids) lanes_.add_replay(id);
    after = ids->back();
  }
}

// Not before the workers are about to run out of jobs: a payload made long before it is sent has left the processor's cache by then. Where the
// endpoint is to blame, as far as the window: among what was never tried may be the one that goes through.
bool Dispatcher::Impl::may_read() const {
  const bool wanted = lanes_.ready() <= config_.concurrency || breaker_.blames_endpoint();
  const std::size_t batch = std::max<std::size_t>(1, std::min(kReadChanges, config_.window / 2));  // not in crumbs
  return wanted && lanes_.parked() < config_.max_parked && lanes_.window() + batch <= config_.window && lanes_.body_bytes() < kWindowBytes &&
         lanes_.next_offset() < rooms_.log.high_watermark();
}

engine::Task<void> Dispatcher::Impl::pump() {
  while (!stopping_) {
    if (may_read()) {
      co_await fill();
      continue;
    }
    pump_waits_ = true;
    woken_.store(false);
    if (!may_read()) co_await room_.wait();  // the watermark may have moved before woken_ fell
    pump_waits_ = false;
  }
}

engine::Task<void> Dispatcher::Impl::fill() {
  const ReadBounds bounds{std::min(kReadChanges, config_.window - lanes_.window()), config_.read_bytes};
  const feed::Offset from = lanes_.next_offset();
  if (const auto first = rooms_.log.first_offset(); from < first && lost_told_ < first) {
    const bool told = co_await tell_lost(from, first);
    if (!told) co_return;
  }
  auto read = read_jobs(rooms_.log, rooms_.interests, from, bounds, engine::store::ReadFrom::kCacheOnly, spare_bodies_, config_.form);
  if (!read && read.error().code == engine::Errc::kUnavailable) {
    SpareBodies none;  // ours belong to the loop
    const auto again = [this, from, bounds, &none] {
      return read_jobs(rooms_.log, rooms_.interests, from, bounds, engine::store::ReadFrom::kAnywhere, none, config_.form);
    };
    read = co_await engine::on_pool(rooms_.blocking, again);
  }
  if (!read) {
    bump(storage_errors_);
    log_event(Level::kError, "log_unreadable", {{"endpoint", config_.name}, {"offset", from.value}, {"error", read.error().detail}});
    co_await room_.wait_until(rooms_.timers, rooms_.timers.now() + kStorageRetry);
    co_return;
  }
  for (NewJob& made : read->jobs) lanes_.add(made.type, made.id, std::move(made.job));
  lanes_.read_up_to(read->next);
  bump(skipped_, read->skipped);
  progressed(0);
  wake_workers();
}

// False: it could not be stored, and is tried again.
engine::Task<bool> Dispatcher::Impl::tell_lost(feed::Offset from, feed::Offset end) {
  const DeadLetter letter = lost_range(config_.name, from, end);
  const auto store = [this, &letter] { return rooms_.dead_letters.record_failure(letter); };
  auto stored = co_await engine::on_pool(rooms_.blocking, store);
  if (!stored) {
    bump(storage_errors_);
    log_event(Level::kError, "dead_letter_not_stored", {{"endpoint", config_.name}, {"error", stored.error().detail}});
    co_await room_.wait_until(rooms_.timers, rooms_.timers.now() + kStorageRetry);
    co_return false;
  }
  lost_told_ = end;
  bump(dead_);
  if (rooms_.incidents) rooms_.incidents->report("deliveries_lost:" + config_.name, engine::telemetry::Severity::kCritical, letter.last_error);
  co_return true;
}

engine::Task<void> Dispatcher::Impl::alarm() {
  while (!stopping_) {
    const auto now = rooms_.timers.now();
    lanes_.ring(now);
    wake_workers();
    auto next = lanes_.next_due();
    const auto consider = [&next, now](engine::MonoTime t) {
      if (t > now && (!next || t < *next)) next = t;
    };
    consider(paused_until_);
    if (const auto probe = breaker_.next_start()) consider(*probe);
    if (next) {
      co_await alarm_.wait_until(rooms_.timers, *next);
    } else {
      co_await alarm_.wait();
    }
  }
}

engine::Task<void> Dispatcher::Impl::keeper() {
  if (!dirty_) {
    co_await dirty_signal_.wait();
    co_return;
  }
  if (unsaved_ < config_.persist_after && !lanes_.has_rows()) {
    co_await save_now_.wait_until(rooms_.timers, rooms_.timers.now() + config_.persist_every);
  }
  const bool stored = co_await persist();
  if (!stored && !stopping_) co_await save_now_.wait_until(rooms_.timers, rooms_.timers.now() + kStorageRetry);
}

engine::Task<bool> Dispatcher::Impl::persist() {
  dirty_ = false;
  unsaved_ = 0;
  const Progress progress = lanes_.progress();
  LaneSet::Rows rows = lanes_.take_rows();
  const auto save = [this, &progress, &rows] { return store_.save(progress, rows); };
  auto saved = co_await engine::on_pool(rooms_.blocking, save);
  if (saved) co_return true;
  lanes_.return_rows(std::move(rows));
  dirty_ = true;
  bump(storage_errors_);
  log_event(Level::kError, "progress_not_stored", {{"endpoint", config_.name}, {"error", saved.error().detail}});
  co_return false;
}

bool Dispatcher::Impl::may_start(engine::MonoTime now) const {
  return !stopping_ && lanes_.has_ready() && now >= paused_until_ && breaker_.may_start(now, in_flight_, config_.concurrency);
}

void Dispatcher::Impl::wake_workers() {
  if (idle_ == 0 || !may_start(rooms_.timers.now())) return;
  for (std::size_t n = std::min(idle_, lanes_.ready()); n > 0; --n) work_.wake_one();
}

// Called after each change of the lanes: what is stored, shown, and read next depends on it.
void Dispatcher::Impl::progressed(std::size_t settled) {
  unsaved_ += settled;
  if (!dirty_) {
    dirty_ = true;
    dirty_signal_.wake_all();
  }
  if (unsaved_ == config_.persist_after || lanes_.has_rows()) save_now_.wake_all();
  if (pump_waits_ && may_read()) room_.wake_all();
  publish();
}

void Dispatcher::Impl::publish() {
  const auto relaxed = std::memory_order_relaxed;
  cursor_.store(lanes_.progress().cursor.value, relaxed);
  oldest_needed_.store(lanes_.oldest_needed().value, relaxed);
  in_flight_shown_.store(in_flight_, relaxed);
  parked_.store(lanes_.parked(), relaxed);
  replays_.store(lanes_.replays(), relaxed);
  const auto oldest = lanes_.oldest_appended();
  oldest_appended_.store(oldest ? oldest->time_since_epoch().count() : 0, relaxed);
  breaker_shown_.store(breaker_.state(), relaxed);
}

void Dispatcher::Impl::halt() {
  stopping_ = true;
  for (WakeSignal* signal : {&work_, &room_, &alarm_, &dirty_signal_, &save_now_, &part_ended_}) signal->wake_all();
}

void Dispatcher::Impl::stop() {
  if (stop_asked_.exchange(true)) return;
  asio::post(rooms_.loop, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->halt();
  });
}

void Dispatcher::Impl::wake() {
  if (woken_.exchange(true)) return;
  asio::post(rooms_.loop, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->room_.wake_all();
  });
}

void Dispatcher::Impl::replay(DeadLetterId id) {
  asio::post(rooms_.loop, [weak = weak_from_this(), id] {
    auto self = weak.lock();
    if (!self || self->stopping_) return;  // the request is stored: the next start finds it
    self->lanes_.add_replay(id);
    self->publish();
    self->wake_workers();
  });
}

DispatcherStats Dispatcher::Impl::stats() const {
  const auto relaxed = std::memory_order_relaxed;
  DispatcherStats s;
  s.cursor = feed::Offset{cursor_.load(relaxed)};
  const auto watermark = rooms_.log.high_watermark();
  s.lag = watermark > s.cursor ? watermark.value - s.cursor.value : 0;
  const engine::WallTime oldest(std::chrono::microseconds(oldest_appended_.load(relaxed)));
  if (oldest != engine::WallTime{}) s.oldest_age = std::max(0us, rooms_.timers.wall_now() - oldest);
  s.in_flight = in_flight_shown_.load(relaxed);
  s.parked = parked_.load(relaxed);
  s.replays_waiting = replays_.load(relaxed);
  s.delivered = delivered_.load(relaxed);
  s.refused = refused_.load(relaxed);
  s.timed_out = timed_out_.load(relaxed);
  s.unreachable = unreachable_.load(relaxed);
  s.dead_letters = dead_.load(relaxed);
  s.skipped = skipped_.load(relaxed);
  s.storage_errors = storage_errors_.load(relaxed);
  s.breaker = breaker_shown_.load(relaxed);
  s.gone = gone_.load(relaxed);
  return s;
}

engine::Result<std::unique_ptr<Dispatcher>> Dispatcher::open(Rooms rooms, EndpointConfig config) {
  auto url = check(config);
  if (!url) return url.take_error();
  ProgressStore stored(rooms.store, config.name);
  auto state = stored.load(rooms.log.high_watermark());
  if (!state) return state.take_error();
  auto impl = std::make_shared<Impl>(std::move(rooms), std::move(config), std::move(*url), *state);
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(impl)));
}

Dispatcher::Dispatcher(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dispatcher::~Dispatcher() = default;
engine::Task<void> Dispatcher::run() { return impl_->run(); }
void Dispatcher::stop() { impl_->stop(); }
void Dispatcher::wake() { impl_->wake(); }
void Dispatcher::replay(DeadLetterId id) { impl_->replay(id); }
DispatcherStats Dispatcher::stats() const { return impl_->stats(); }
feed::Offset Dispatcher::oldest_needed() const { return impl_->oldest_needed(); }

}  // namespace delivery
