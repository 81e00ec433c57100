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
constexpr std::size_t kReadChanges = 256;        // of the log at a time at most
constexpr std::size_t kFirstRead = 4;            // of an endpoint that nothing is known of, or that was down
constexpr auto kStorageRetry = 1s;
constexpr std::size_t kOffered = 1024;           // changes that the router may be ahead of us

constexpr std::size_t kTellingHeader = 16;       // shorter values of headers are no keys to anything

// What no answer may bring into the log of attempts. Headers may hold a key of the receiver's.
LiveSecrets::Hold hold_secrets(LiveSecrets* live, const EndpointConfig& config) {
  if (!live) return {};
  auto all = config.secrets;
  all.insert(all.end(), config.signing_keys.begin(), config.signing_keys.end());
  for (const auto& header : config.headers) {
    if (header.value.size() >= kTellingHeader) all.emplace_back(header.value);
  }
  return live->hold(all);
}

}  // namespace

void add_counters(DispatcherStats& stats, const DispatcherStats& other) {
  stats.delivered += other.delivered;
  stats.refused += other.refused;
  stats.timed_out += other.timed_out;
  stats.unreachable += other.unreachable;
  stats.dead_letters += other.dead_letters;
  stats.skipped += other.skipped;
  stats.storage_errors += other.storage_errors;
}

Dispatcher::Impl::Impl(Rooms rooms, EndpointConfig config, engine::net::Url url, const ProgressStore::State& state)
    : rooms_(std::move(rooms)),
      config_(std::move(config)),
      url_(std::move(url)),
      signing_(hold_secrets(rooms_.live_secrets, config_)),
      store_(rooms_.store, config_.name),
      lanes_(state.progress),
      breaker_(config_.breaker),
      concurrency_(config_.concurrency),
      random_(rooms_.seed),
      read_ahead_(kFirstRead),
      work_(rooms_.loop),
      room_(rooms_.loop),
      alarm_(rooms_.loop),
      dirty_signal_(rooms_.loop),
      save_now_(rooms_.loop),
      part_ended_(rooms_.loop) {
  const auto now = rooms_.timers.now();
  const auto wall = rooms_.timers.wall_now();
  if (config_.rate > 0) bucket_.emplace(config_.rate, config_.burst);
  for (const ParkedRow& row : state.parked) {
    // A wall clock that was set back must not turn a wait of seconds into one of days.
    auto longest = std::max(config_.retry.cap, config_.retry.max_retry_after);
    for (const auto wait : config_.retry.schedule) longest = std::max(longest, wait);
    lanes_.restore(row, now + std::clamp<std::chrono::microseconds>(row.due - wall, 0us, longest));
  }
  publish();
}

Dispatcher::Impl::~Impl() {
  if (slot_) rooms_.router->leave(*slot_);
}

engine::Task<void> Dispatcher::Impl::ended(engine::Task<void> part) {
  co_await std::move(part);
  --parts_;
  part_ended_.wake_all();
}

engine::Task<void> Dispatcher::Impl::run() {
  co_await load_replays();
  parts_ += 2;
  asio::co_spawn(rooms_.loop, ended(pump()), asio::detached);
  asio::co_spawn(rooms_.loop, ended(alarm()), asio::detached);
  wake_workers();
  while (parts_ > 0) {
    if (!stopping_) {
      co_await keeper();
    } else {
      co_await part_ended_.wait();
    }
  }
  if (dirty_ || lanes_.has_rows()) co_await persist();
  ledger_.abandon();
}

// Requests of an earlier life. New ones may arrive meanwhile; a lane refuses the second one of an id.
engine::Task<void> Dispatcher::Impl::load_replays() {
  DeadLetterId after{};
  for (;;) {
    const auto read = [this, after] { return rooms_.dead_letters.queued(config_.name, after, 500); };
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
  return wanted && lanes_.parked() < config_.max_parked && room() > 0 && lanes_.body_bytes() < kWindowBytes && has_more();
}

// How many changes the next read may bring. Not in crumbs: 0 where there is no room for a good part of the window.
std::size_t Dispatcher::Impl::room() const {
  const std::size_t bound = breaker_.blames_endpoint() ? std::min(config_.window, config_.held_window) : config_.window;
  const std::size_t batch = std::max<std::size_t>(1, std::min(read_ahead_, bound / 2));
  return lanes_.window() + batch <= bound ? batch : 0;
}

bool Dispatcher::Impl::has_more() const {
  return reading_ == Reading::kAlone ? lanes_.next_offset() < rooms_.log.high_watermark() : !offered_.empty();
}

engine::Task<void> Dispatcher::Impl::pump() {
  while (!stopping_) {
    if (may_read()) {
      if (reading_ == Reading::kAlone) {
        co_await fill();
      } else {
        co_await fill_offered();
      }
      continue;
    }
    if (may_follow()) follow();
    pump_waits_ = true;
    woken_.store(false);
    if (!may_read()) co_await room_.wait();  // the watermark may have moved before woken_ fell
    pump_waits_ = false;
  }
}

engine::Task<void> Dispatcher::Impl::fill() {
  const ReadBounds bounds{room(), config_.read_bytes, !breaker_.blames_endpoint()};
  const feed::Offset from = lanes_.next_offset();
  if (const auto first = rooms_.log.first_offset(); from < first && lost_told_ < first) {
    const bool told = co_await tell_lost(from, first);
    if (!told) co_return;
  }
  auto read = read_jobs(rooms_.log, rooms_.selector, from, bounds, engine::store::ReadFrom::kCacheOnly, spare_bodies_, config_.form);
  if (!read && read.error().code == engine::Errc::kUnavailable) {
    SpareBodies lent = std::exchange(spare_bodies_, {});  // ours belong to the loop
    const auto again = [this, from, bounds, &lent] {
      return read_jobs(rooms_.log, rooms_.selector, from, bounds, engine::store::ReadFrom::kAnywhere, lent, config_.form);
    };
    read = co_await engine::on_pool(rooms_.blocking, again);
    take_back(std::move(lent));
  }
  co_await take_in(std::move(read), from);
}

engine::Task<void> Dispatcher::Impl::fill_offered() {
  const ReadBounds bounds{room(), config_.read_bytes, !breaker_.blames_endpoint()};
  const feed::Offset from = offered_.front();
  if (from < rooms_.log.first_offset()) {  // some of it is lost, which reading alone will tell
    offered_.clear();
    read_alone();
    co_return;
  }
  const std::vector<feed::Offset> wanted(offered_.begin(), offered_.begin() + static_cast<std::ptrdiff_t>(std::min(offered_.size(), bounds.changes)));
  auto read = read_jobs_at(rooms_.log, rooms_.selector, wanted, bounds, engine::store::ReadFrom::kCacheOnly, spare_bodies_, config_.form);
  if (!read && read.error().code == engine::Errc::kUnavailable) {
    SpareBodies lent = std::exchange(spare_bodies_, {});  // ours belong to the loop
    const auto again = [this, &wanted, bounds, &lent] {
      return read_jobs_at(rooms_.log, rooms_.selector, wanted, bounds, engine::store::ReadFrom::kAnywhere, lent, config_.form);
    };
    read = co_await engine::on_pool(rooms_.blocking, again);
    take_back(std::move(lent));
  }
  if (read) {
    while (!offered_.empty() && offered_.front() < read->next) offered_.pop_front();
    if (!offered_.empty()) {
      read->next = offered_.front();
    } else if (reading_ == Reading::kLeaving) {
      read->next = offered_end_;
      reading_ = Reading::kAlone;
    }
  }
  co_await take_in(std::move(read), from);
}

engine::Task<void> Dispatcher::Impl::take_in(engine::Result<ReadJobs> read, feed::Offset from) {
  if (!read) {
    bump(storage_errors_);
    log_event(Level::kError, "log_unreadable", {{"endpoint", config_.name}, {"offset", from.value}, {"error", read.error().detail}});
    co_await room_.wait_until(rooms_.timers, rooms_.timers.now() + kStorageRetry);
    co_return;
  }
  read_ahead_ = breaker_.blames_endpoint() ? kFirstRead : std::min(2 * read_ahead_, kReadChanges);
  for (NewJob& made : read->jobs) lanes_.add(made.type, made.id, std::move(made.job));
  lanes_.read_up_to(std::max(lanes_.next_offset(), read->next));
  bump(skipped_, read->skipped);
  progressed(0);
  wake_workers();
}

// On the loop, and under a lock of the log: brief.
bool Dispatcher::Impl::offer(feed::Offset offset) {
  quiet_.store(false, std::memory_order_release);  // before the router's position passes the offset
  if (offered_.size() >= kOffered) {
    reading_ = Reading::kLeaving;
    offered_end_ = offset;
    slot_.reset();
    follows_.store(false, std::memory_order_relaxed);
    return false;
  }
  offered_.push_back(offset);
  if (pump_waits_) room_.wake_all();
  return true;
}

bool Dispatcher::Impl::may_follow() const {
  if (!rooms_.router || reading_ != Reading::kAlone || stopping_) return false;
  const feed::Offset next = lanes_.next_offset();
  return next >= rooms_.router->position() || rooms_.router->followers() == 0;
}

void Dispatcher::Impl::follow() {
  const auto newest = rooms_.interests->newest();
  const feed::Offset next = lanes_.next_offset();
  if (newest.from > next) return;  // what lies between is judged by an older version
  slot_ = rooms_.router->follow(*this, newest.wanted, next);
  if (!slot_) return;
  followed_ = newest.from;
  reading_ = Reading::kFollowing;
  follows_.store(true, std::memory_order_relaxed);
  publish();
}

void Dispatcher::Impl::read_alone() {
  if (slot_) rooms_.router->leave(*slot_);
  slot_.reset();
  reading_ = Reading::kAlone;
  quiet_.store(false, std::memory_order_release);
  follows_.store(false, std::memory_order_relaxed);
}

// What the router has passed without a word was not for us.
void Dispatcher::Impl::catch_up() {
  if (reading_ != Reading::kFollowing || !offered_.empty()) return;
  const feed::Offset newest = rooms_.interests->newest_from();
  const feed::Offset passed = rooms_.router->position();
  lanes_.read_up_to(std::max(lanes_.next_offset(), newest == followed_ ? passed : std::min(passed, newest)));
}

void Dispatcher::Impl::keep_place() {
  asio::post(rooms_.loop, [weak = weak_from_this()] {
    auto self = weak.lock();
    if (!self || !self->quiet_ || self->stopping_ || self->cursor_now() == feed::Offset{self->cursor_.load(std::memory_order_relaxed)}) return;
    self->catch_up();
    self->progressed(0);
  });
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
    if (bucket_ && lanes_.has_ready()) consider(bucket_->next(now));
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
  catch_up();
  const Progress progress = lanes_.progress_to_store();
  LaneSet::Rows rows = lanes_.take_rows();
  AttemptRecorder::Packed attempts = recorder_ ? recorder_->take() : AttemptRecorder::Packed{};
  const auto save = [this, &progress, &rows, &attempts] {
    return store_.save(progress, rows, [&](engine::store::Batch& batch) {
      if (recorder_) recorder_->add_to(batch, attempts);
    });
  };
  auto saved = co_await engine::on_pool(rooms_.blocking, save);
  if (saved) {
    if (std::exchange(unrecorded_, false)) {
      log_event(Level::kInfo, "progress_stored_again", {{"endpoint", config_.name}});
      wake_workers();
    }
    co_return true;
  }
  if (recorder_) recorder_->give_back(std::move(attempts));
  lanes_.return_rows(std::move(rows));
  dirty_ = true;
  bump(storage_errors_);
  if (!std::exchange(unrecorded_, true)) log_event(Level::kError, "progress_not_stored", {{"endpoint", config_.name}, {"error", saved.error().detail}});
  co_return false;
}

bool Dispatcher::Impl::may_start(engine::MonoTime now) {
  if (stopping_ || unrecorded_ || ended_by_410_ || !lanes_.has_ready() || now < paused_until_ || !breaker_.may_start(now, in_flight_, concurrency_.limit())) return false;
  if (!bucket_ || bucket_->may_take(now)) return true;
  alarm_.wake_all();  // it knows when
  return false;
}

void Dispatcher::Impl::wake_workers(engine::MonoTime now) {
  if ((idle_ == 0 && workers_ == config_.concurrency) || !may_start(now)) return;
  const std::size_t wanted = lanes_.ready();
  for (std::size_t n = std::min(idle_, wanted); n > 0; --n) work_.wake_one();
  for (std::size_t n = wanted > idle_ ? wanted - idle_ : 0; n > 0 && workers_ < concurrency_.limit(); --n) {
    ++workers_;
    ++parts_;
    asio::co_spawn(rooms_.loop, ended(worker()), asio::detached);
  }
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
  const Progress progress = lanes_.progress();
  cursor_.store(progress.cursor.value, relaxed);
  sequence_.store(progress.sequence, relaxed);
  parked_floor_.store(lanes_.oldest_parked().value_or(feed::Offset{UINT64_MAX}).value, relaxed);
  in_flight_shown_.store(in_flight_, relaxed);
  parked_.store(lanes_.parked(), relaxed);
  parked_keys_.store(lanes_.waiting_keys(), relaxed);
  replays_.store(lanes_.replays(), relaxed);
  limit_.store(concurrency_.limit(), relaxed);
  const auto oldest = lanes_.oldest_appended();
  oldest_appended_.store(oldest ? oldest->time_since_epoch().count() : 0, relaxed);
  breaker_shown_.store(breaker_.state(), relaxed);
  quiet_.store(reading_ == Reading::kFollowing && offered_.empty() && lanes_.window() == 0, std::memory_order_release);
}

// The position first: where the endpoint is still quiet after that, nothing below was offered to it.
feed::Offset Dispatcher::Impl::cursor_now() const {
  const feed::Offset passed = rooms_.router ? rooms_.router->position() : feed::Offset{0};
  const bool quiet = quiet_.load(std::memory_order_acquire);
  const feed::Offset own{cursor_.load(std::memory_order_relaxed)};
  return quiet ? std::max(own, passed) : own;
}

feed::Offset Dispatcher::Impl::oldest_needed() const {
  const feed::Offset cursor = cursor_now();
  return std::min(cursor, feed::Offset{parked_floor_.load(std::memory_order_relaxed)});
}

void Dispatcher::Impl::halt() {
  stopping_ = true;
  catch_up();
  dirty_ = true;
  read_alone();
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

void Dispatcher::Impl::replay(DeadLetterId number, ReplayDone done) {
  asio::post(rooms_.loop, [weak = weak_from_this(), number, done = std::move(done)] {
    auto self = weak.lock();
    if (!self || self->stopping_) {  // the request is stored: the next start finds it
      if (done) done({ReplayOutcome::Kind::kAbandoned, {}});
      return;
    }
    self->ledger_.expect(number, done);
    self->lanes_.add_replay(number);
    self->publish();
    self->wake_workers();
  });
}

DispatcherStats Dispatcher::Impl::stats() const {
  const auto relaxed = std::memory_order_relaxed;
  DispatcherStats s;
  s.cursor = cursor_now();
  const auto watermark = rooms_.log.high_watermark();
  s.lag = watermark > s.cursor ? watermark.value - s.cursor.value : 0;
  const engine::WallTime oldest(std::chrono::microseconds(oldest_appended_.load(relaxed)));
  if (oldest != engine::WallTime{}) s.oldest_age = std::max(0us, rooms_.timers.wall_now() - oldest);
  s.in_flight = in_flight_shown_.load(relaxed);
  s.parked = parked_.load(relaxed);
  s.parked_keys = parked_keys_.load(relaxed);
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
  s.sequence = sequence_.load(relaxed);
  s.concurrency = limit_.load(relaxed);
  s.follows = follows_.load(relaxed);
  return s;
}

engine::Result<std::unique_ptr<Dispatcher>> Dispatcher::open(Rooms rooms, EndpointConfig config) {
  auto url = check(config);
  if (!url) return url.take_error();
  ProgressStore stored(rooms.store, config.name);
  auto state = stored.load(rooms.log.high_watermark());
  if (!state) return state.take_error();
  std::unique_ptr<AttemptRecorder> recorder;
  if (rooms.attempts) {
    auto made = rooms.attempts->recorder(config.name);
    if (!made) return made.take_error();
    recorder = std::move(*made);
  }
  auto impl = std::make_shared<Impl>(std::move(rooms), std::move(config), std::move(*url), *state);
  impl->record_with(std::move(recorder));
  return std::unique_ptr<Dispatcher>(new Dispatcher(std::move(impl)));
}

Dispatcher::Dispatcher(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Dispatcher::~Dispatcher() = default;
engine::Task<void> Dispatcher::run() { return impl_->run(); }
void Dispatcher::keep_place() { impl_->keep_place(); }
void Dispatcher::stop() { impl_->stop(); }
void Dispatcher::wake() { impl_->wake(); }
void Dispatcher::replay(DeadLetterId id, ReplayDone done) { impl_->replay(id, std::move(done)); }
void Dispatcher::resend(feed::Offset offset, ReplayDone done) { impl_->replay(resend_number(offset), std::move(done)); }
DispatcherStats Dispatcher::stats() const { return impl_->stats(); }
feed::Offset Dispatcher::oldest_needed() const { return impl_->oldest_needed(); }

}  // namespace delivery
