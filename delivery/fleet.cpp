#include "delivery/fleet.h"

#include <algorithm>
#include <utility>

#include "delivery/fleet_core.h"
#include "delivery/progress_store.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;
using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr auto kRound = 30s;         // quiet endpoints store their place; secrets end
constexpr auto kOpenAgain = 5s;
constexpr std::size_t kHeldChanges = 4096, kLeastHeld = 32;  // read ahead of endpoints that are down: all together, and each

}  // namespace

Fleet::Fleet(Rooms rooms)
    : rooms_(std::move(rooms)),
      router_({rooms_.loop, rooms_.blocking, rooms_.timers, rooms_.log}),
      stop_signal_(rooms_.loop),
      turns_(rooms_.loop),
      part_ended_(rooms_.loop) {}

// Where the loop ended before run() did, frames still hold units; what those hold knows the router.
Fleet::~Fleet() {
  for (const auto& one : units()) one->dispatcher.reset();
}

Result<std::unique_ptr<Fleet>> Fleet::open(Rooms rooms, std::optional<Standard> standard) {
  std::unique_ptr<Fleet> fleet(new Fleet(std::move(rooms)));
  if (standard) {
    auto unit = std::make_shared<Unit>(standard->config.name, fleet->rooms_.loop);
    unit->standard = std::move(standard);
    auto opened = fleet->open_dispatcher(*unit);
    if (!opened) return opened.take_error();
    unit->dispatcher = std::move(*opened);
    fleet->standard_ = std::move(unit);
  }
  for (auto& record : fleet->rooms_.book.list()) {
    if (auto added = fleet->add(std::move(record)); !added) return added.take_error();
  }
  return fleet;
}

// Blocking.
Result<void> Fleet::add(EndpointRecord record) {
  auto unit = std::make_shared<Unit>(record.name, rooms_.loop);
  auto interests = rooms_.book.interests(record);
  if (!interests) return interests.take_error();
  unit->interests = std::move(*interests);
  unit->created = record.created;
  if (auto known = rest(*unit); !known) return known;
  const std::lock_guard lock(lock_);
  units_.insert_or_assign(record.name, std::move(unit));
  return engine::ok();
}

// Blocking. Where an endpoint that does not run stands, as the store has it.
Result<void> Fleet::rest(Unit& unit) {
  ProgressStore stored(rooms_.store, unit.name);
  auto state = stored.load(rooms_.log.high_watermark());
  if (!state) return state.take_error();
  const std::lock_guard lock(lock_);
  unit.resting.cursor = state->progress.cursor;
  unit.resting.sequence = state->progress.sequence;
  unit.resting.parked = state->parked.size();
  unit.resting_oldest.reset();
  for (const auto& row : state->parked) unit.resting_oldest = std::min(unit.resting_oldest.value_or(row.appended), row.appended);
  unit.resting_needed = state->parked.empty() ? state->progress.cursor : std::min(state->progress.cursor, state->parked.front().offset);
  return engine::ok();
}

// Blocking.
Result<std::unique_ptr<Dispatcher>> Fleet::open_dispatcher(Unit& unit) {
  Dispatcher::Rooms rooms{.loop = rooms_.loop,
                          .blocking = rooms_.blocking,
                          .timers = rooms_.timers,
                          .transport = rooms_.transport,
                          .store = rooms_.store,
                          .log = rooms_.log,
                          .selector = unit.standard ? *unit.standard->selector : *unit.interests,
                          .dead_letters = rooms_.dead_letters,
                          .seed = rooms_.seed ^ std::hash<std::string>{}(unit.name),
                          .incidents = rooms_.incidents};
  rooms.attempts = rooms_.attempts;
  rooms.live_secrets = rooms_.live_secrets;
  if (unit.standard) return Dispatcher::open(std::move(rooms), unit.standard->config);
  const auto record = rooms_.book.find(unit.name);
  if (!record) return engine::fail(engine::Errc::kNotFound, "endpoint " + unit.name + " is gone");
  auto keys = rooms_.book.keys(*record);
  if (!keys) return keys.take_error();
  rooms.router = &router_;
  rooms.interests = unit.interests.get();
  rooms.gone = [this, name = unit.name] { disable(name); };
  auto config = config_of(*record, std::move(*keys));
  config.held_window = std::clamp<std::size_t>(kHeldChanges / std::max<std::size_t>(1, operators_endpoints()), kLeastHeld, config.window);
  return Dispatcher::open(std::move(rooms), std::move(config));
}

bool Fleet::should_run(const Unit& unit) const {
  if (stopping_ || unit.removed) return false;
  if (unit.standard) return true;
  const auto record = rooms_.book.find(unit.name);
  return record && record->state == EndpointState::kActive && (!rooms_.owner_usable || rooms_.owner_usable(*record));
}

// One endpoint's lives, one after the other.
engine::Task<void> Fleet::tend(UnitPtr unit) {
  while (!stopping_ && !unit->removed) {
    if (!should_run(*unit)) {
      co_await unit->changed.wait();
      continue;
    }
    unit->again = false;
    if (!unit->dispatcher) {  // the standard one's first life was opened with the fleet
      const auto open = [this, unit] { return open_dispatcher(*unit); };
      auto opened = co_await engine::on_pool(rooms_.blocking, open);
      if (!opened) {
        log_event(Level::kError, "endpoint_not_opened", {{"endpoint", unit->name}, {"error", opened.error().detail}});
        co_await unit->changed.wait_until(rooms_.timers, rooms_.timers.now() + kOpenAgain);
        continue;
      }
      if (unit->again || !should_run(*unit)) continue;  // out of date before it began
      const std::lock_guard lock(lock_);
      unit->dispatcher = std::move(*opened);
    }
    co_await unit->dispatcher->run();
    const std::lock_guard lock(lock_);
    unit->resting = unit->dispatcher->stats();
    add_counters(unit->earlier, unit->resting);
    for (auto counter : {&DispatcherStats::in_flight, &DispatcherStats::delivered, &DispatcherStats::refused, &DispatcherStats::timed_out, &DispatcherStats::unreachable,
                         &DispatcherStats::dead_letters, &DispatcherStats::skipped, &DispatcherStats::storage_errors}) {
      unit->resting.*counter = 0;
    }
    unit->resting.follows = false;
    unit->resting_oldest.reset();
    if (const auto age = unit->resting.oldest_age; age.count() > 0) unit->resting_oldest = rooms_.timers.wall_now() - age;
    unit->resting_needed = unit->dispatcher->oldest_needed();
    unit->dispatcher.reset();
  }
  unit->ended = true;
  unit->changed.wake_all();
  --parts_;
  part_ended_.wake_all();
}

void Fleet::start(UnitPtr unit) {
  unit->ended = false;
  ++parts_;
  asio::co_spawn(rooms_.loop, tend(std::move(unit)), asio::detached);
}

void Fleet::restart(Unit& unit) {
  unit.again = true;
  if (unit.dispatcher) unit.dispatcher->stop();  // only the loop changes the pointer
  unit.changed.wake_all();
}

engine::Task<void> Fleet::rounds() {
  while (!stopping_) {
    co_await stop_signal_.wait_until(rooms_.timers, rooms_.timers.now() + kRound);
    if (stopping_) break;
    for (const auto& one : units()) {
      if (one->dispatcher) one->dispatcher->keep_place();
    }
    Turn mine = co_await turn();
    const auto expire = [this] { return rooms_.book.expire_secrets(); };
    auto changed = co_await engine::on_pool(rooms_.blocking, expire);
    if (!changed) {
      log_event(Level::kError, "secrets_not_ended", {{"error", changed.error().detail}});
      continue;
    }
    for (const std::string& name : *changed) {
      if (const auto found = unit(name)) restart(*found);
    }
  }
  --parts_;
  part_ended_.wake_all();
}

engine::Task<void> Fleet::run() {
  running_ = true;
  if (stop_asked_) stopping_ = true;
  for (const auto& one : units()) start(one);
  parts_ += 2;
  asio::co_spawn(rooms_.loop, rounds(), asio::detached);
  const auto route = [this]() -> engine::Task<void> {
    co_await router_.run();
    --parts_;
    part_ended_.wake_all();
  };
  asio::co_spawn(rooms_.loop, route, asio::detached);
  while (parts_ > 0) co_await part_ended_.wait();
  running_ = false;
}

void Fleet::stop() {
  if (stop_asked_.exchange(true)) return;
  asio::post(rooms_.loop, [this] {
    stopping_ = true;
    for (const auto& one : units()) restart(*one);
    stop_signal_.wake_all();
    turns_.wake_all();
  });
  router_.stop();
}

void Fleet::wake() {
  router_.wake();
  if (!standard_) return;
  if (const auto running = dispatcher(*standard_)) running->wake();
}

// The standard one first, then by name.
std::vector<Fleet::UnitPtr> Fleet::units() const {
  const std::lock_guard lock(lock_);
  std::vector<UnitPtr> all;
  if (standard_) all.push_back(standard_);
  for (const auto& [name, unit] : units_) all.push_back(unit);
  return all;
}

Fleet::UnitPtr Fleet::unit(std::string_view name) const {
  const std::lock_guard lock(lock_);
  if (standard_ && standard_->name == name) return standard_;
  const auto found = units_.find(name);
  return found == units_.end() ? nullptr : found->second;
}

std::shared_ptr<Dispatcher> Fleet::dispatcher(const Unit& unit) const {
  const std::lock_guard lock(lock_);
  return unit.dispatcher;
}

std::shared_ptr<const Selector> Fleet::selector(std::string_view name) const {
  const auto found = unit(name);
  if (!found) return nullptr;
  if (!found->standard) return found->interests;
  return {found, found->standard->selector};
}

bool Fleet::replay(const std::string& endpoint, DeadLetterId id, ReplayDone done) {
  const auto found = unit(endpoint);
  if (!found) return false;
  if (const auto running = dispatcher(*found)) {
    running->replay(id, std::move(done));
  } else if (done) {
    asio::post(rooms_.loop, [done = std::move(done)] { done({ReplayOutcome::Kind::kAbandoned, {}}); });
  }
  return true;
}

bool Fleet::resend(const std::string& endpoint, feed::Offset offset, ReplayDone done) {
  const auto found = unit(endpoint);
  if (!found) return false;
  if (const auto running = dispatcher(*found)) {
    running->resend(offset, std::move(done));
  } else {
    asio::post(rooms_.loop, [done = std::move(done)] { done({ReplayOutcome::Kind::kAbandoned, {}}); });
  }
  return true;
}

void Fleet::owners_changed() {
  asio::post(rooms_.loop, [this] {
    for (const auto& one : units()) {
      if (should_run(*one) != (one->dispatcher != nullptr)) restart(*one);
    }
  });
}

// On the loop, from within the dispatcher.
void Fleet::disable(std::string name) { asio::co_spawn(rooms_.loop, disabled(std::move(name)), asio::detached); }

engine::Task<void> Fleet::disabled(std::string name) {
  const trust::Actor actor{"system", "system:delivery", "", ""};
  const auto done = co_await set_state_here(std::move(name), EndpointState::kDisabled, "The receiver answered 410 Gone.", actor);
  if (!done) log_event(Level::kError, "endpoint_not_disabled", {{"error", done.error().detail}});
}

std::size_t Fleet::operators_endpoints() const {
  const std::lock_guard lock(lock_);
  return units_.size();
}

DispatcherStats Fleet::stats(const Unit& unit) const {
  std::shared_ptr<Dispatcher> running;
  DispatcherStats resting, earlier;
  std::optional<engine::WallTime> oldest;
  {
    const std::lock_guard lock(lock_);
    running = unit.dispatcher;
    resting = unit.resting;
    earlier = unit.earlier;
    oldest = unit.resting_oldest;
  }
  DispatcherStats shown = running ? running->stats() : resting;
  add_counters(shown, earlier);
  if (running) return shown;
  if (oldest) shown.oldest_age = std::max(std::chrono::microseconds(0), rooms_.timers.wall_now() - *oldest);
  const auto end = rooms_.log.high_watermark();
  shown.lag = end > shown.cursor ? end.value - shown.cursor.value : 0;
  return shown;
}

void Fleet::visit(const std::function<void(const EndpointGlance&)>& see) const {
  for (const auto& one : units()) {
    const auto now = stats(*one);
    see({one->name, one->standard.has_value(), dispatcher(*one) != nullptr, one->created, now});
  }
}

EndpointStatus Fleet::status(const Unit& unit) const {
  EndpointStatus status;
  status.standard = unit.standard.has_value();
  if (unit.standard) {
    status.record.name = unit.name;
    status.record.url = unit.standard->config.url;
  } else if (auto record = rooms_.book.find(unit.name)) {
    status.owner_usable = !rooms_.owner_usable || rooms_.owner_usable(*record);
    status.record = std::move(*record);
  }
  status.running = dispatcher(unit) != nullptr;
  status.stats = stats(unit);
  return status;
}

std::optional<EndpointStatus> Fleet::find(std::string_view name) const {
  const auto found = unit(name);
  if (!found) return std::nullopt;
  return status(*found);
}

std::vector<EndpointStatus> Fleet::list() const {
  std::vector<EndpointStatus> shown;
  for (const auto& one : units()) shown.push_back(status(*one));
  return shown;
}

bool Fleet::empty() const {
  const std::lock_guard lock(lock_);
  return !standard_ && units_.empty();
}

DispatcherStats Fleet::total() const {
  DispatcherStats sum;
  sum.cursor = rooms_.log.high_watermark();
  for (const auto& one : units()) {
    const auto s = stats(*one);
    sum.cursor = std::min(sum.cursor, s.cursor);
    sum.lag = std::max(sum.lag, s.lag);
    sum.oldest_age = std::max(sum.oldest_age, s.oldest_age);
    sum.in_flight += s.in_flight;
    sum.parked += s.parked;
    sum.parked_keys += s.parked_keys;
    sum.replays_waiting += s.replays_waiting;
    add_counters(sum, s);
    sum.concurrency += s.concurrency;
    sum.gone = sum.gone || s.gone;
    if (one->standard) sum.breaker = s.breaker;
  }
  return sum;
}

feed::Offset Fleet::oldest_needed() const {
  feed::Offset oldest = rooms_.log.high_watermark();
  const std::lock_guard lock(lock_);
  const auto look = [&oldest](const Unit& unit) { oldest = std::min(oldest, unit.dispatcher ? unit.dispatcher->oldest_needed() : unit.resting_needed); };
  if (standard_) look(*standard_);
  for (const auto& [name, unit] : units_) look(*unit);
  return oldest;
}

}  // namespace delivery
