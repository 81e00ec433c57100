#pragma once
// Every endpoint's dispatcher: the contract's own one and those that operators made.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "delivery/change_router.h"
#include "delivery/dispatcher.h"
#include "delivery/endpoint_book.h"
#include "delivery/seek_plan.h"

namespace delivery {

struct EndpointStatus {
  EndpointRecord record;      ///< of the contract's own endpoint: name and URL only
  bool standard = false;      ///< the contract's own: from the configuration
  bool running = false;
  bool owner_usable = true;   ///< false: its credential is paused, revoked, expired, gone or lacks a scope, so nothing is sent
  DispatcherStats stats;      ///< of one that rests: where it stands; counters since start
};

/// What is counted of an endpoint, without its record. Valid during the visit.
struct EndpointGlance {
  std::string_view name;
  bool standard = false;
  bool running = false;
  engine::WallTime created{};  ///< of the standard one: none
  const DispatcherStats& stats;  ///< as EndpointStatus has them
};

/// An endpoint's change of configuration, secrets or place takes effect when what it has in flight has ended: then its dispatcher begins a new life.
/// What it is owed is kept through all of that, also while it is paused, disabled or its owner may not use the system.
///
/// Threads: run() and its coroutines on the delivery loop; the rest from any thread. Tasks may be awaited on any loop.
class Fleet {
 public:
  struct Rooms {
    asio::any_io_executor loop;
    asio::any_io_executor blocking;
    engine::Timers& timers;
    engine::net::Transport& transport;
    engine::store::Store& store;
    const feed::RecordLog& log;
    EndpointBook& book;
    DeadLetters& dead_letters;
    std::uint64_t seed = 0;
    engine::telemetry::IncidentSink* incidents = nullptr;
    AttemptLog* attempts = nullptr;
    LiveSecrets* live_secrets = nullptr;
    std::function<bool(const EndpointRecord&)> owner_usable{};  ///< may its owner be told what it wants? Empty: always. Any thread, brief
  };
  /// The contract's own endpoint (craft-agents-api 16).
  struct Standard {
    EndpointConfig config;
    const Selector* selector = nullptr;  ///< outlives the fleet
  };

  /// Blocking. Errors: those of Dispatcher::open() for the standard endpoint, of the book and the store.
  static engine::Result<std::unique_ptr<Fleet>> open(Rooms rooms, std::optional<Standard> standard);
  ~Fleet();

  /// Delivers until stop(); returns when nothing is in flight and every cursor is stored. Spawn it once, on the loop.
  engine::Task<void> run();
  void stop();
  /// The high watermark has moved.
  void wake();
  /// Dispatcher::replay() and resend(). False: there is no such endpoint. One that rests: a letter stays queued and is sent when it runs again, but whoever
  /// waits is told that it was abandoned; so is who asked for a resend.
  bool replay(const std::string& endpoint, DeadLetterId id, ReplayDone done = {});
  bool resend(const std::string& endpoint, feed::Offset offset, ReplayDone done);
  /// Credentials have changed: who may not use the system is sent nothing.
  void owners_changed();

  std::vector<EndpointStatus> list() const;  ///< the standard one first, then by name
  std::optional<EndpointStatus> find(std::string_view name) const;
  /// What decides for that endpoint; nullptr: there is no such endpoint. Any thread.
  std::shared_ptr<const Selector> selector(std::string_view name) const;
  bool knows(std::string_view name) const { return selector(name) != nullptr; }
  /// Each endpoint once, the standard one first, then by name; no record is copied.
  void visit(const std::function<void(const EndpointGlance&)>& see) const;
  /// Sums of all; cursor, lag and age: the worst; breaker: the standard one's.
  DispatcherStats total() const;
  /// The smallest offset that may still be read: retention stays below it.
  feed::Offset oldest_needed() const;
  bool empty() const;

  // What operators do. Errors: EndpointBook's; kConflict: the contract's own endpoint is changed in the configuration.
  engine::Task<engine::Result<RevealedEndpoint>> create(EndpointDraft draft, EndpointEdit edit, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> update(std::string name, EndpointEdit edit, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> pause(std::string name, std::string reason, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> resume(std::string name, trust::Actor actor);
  engine::Task<engine::Result<RevealedEndpoint>> rotate_secret(std::string name, std::chrono::seconds overlap, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> remove(std::string name, trust::Actor actor);
  /// What it would mean, and with `confirmed` (at least the plan's deliveries) it is done: kConflict where more deliveries are concerned than that.
  engine::Task<engine::Result<SeekPlan>> seek(std::string name, SeekTarget target, std::optional<std::uint64_t> confirmed, trust::Actor actor);

 private:
  struct Unit;
  using UnitPtr = std::shared_ptr<Unit>;
  /// Operators' changes come one after the other; held across waits.
  struct Turn;

  Fleet(Rooms rooms);
  engine::Result<void> add(EndpointRecord record);
  engine::Task<void> tend(UnitPtr unit);
  engine::Task<void> rounds();
  engine::Result<std::unique_ptr<Dispatcher>> open_dispatcher(Unit& unit);
  bool should_run(const Unit& unit) const;
  void start(UnitPtr unit);
  void restart(Unit& unit);
  engine::Result<void> rest(Unit& unit);
  UnitPtr unit(std::string_view name) const;
  std::shared_ptr<Dispatcher> dispatcher(const Unit& unit) const;
  std::vector<UnitPtr> units() const;
  std::size_t operators_endpoints() const;
  DispatcherStats stats(const Unit& unit) const;
  EndpointStatus status(const Unit& unit) const;
  void disable(std::string name);
  engine::Task<void> disabled(std::string name);
  engine::Task<Turn> turn();

  // fleet_changes.cpp, on the loop
  engine::Task<engine::Result<RevealedEndpoint>> create_here(EndpointDraft draft, EndpointEdit edit, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> update_here(std::string name, EndpointEdit edit, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> set_state_here(std::string name, EndpointState state, std::string reason, trust::Actor actor);
  engine::Task<engine::Result<RevealedEndpoint>> rotate_here(std::string name, std::chrono::seconds overlap, trust::Actor actor);
  engine::Task<engine::Result<EndpointRecord>> remove_here(std::string name, trust::Actor actor);
  engine::Task<engine::Result<SeekPlan>> seek_here(std::string name, SeekTarget target, std::optional<std::uint64_t> confirmed, trust::Actor actor);

  const Rooms rooms_;
  ChangeRouter router_;
  WakeSignal stop_signal_, turns_, part_ended_;
  bool busy_ = false;     // an operator's change is under way
  bool running_ = false;
  bool stopping_ = false;
  std::size_t parts_ = 0;
  std::atomic<bool> stop_asked_{false};
  mutable std::mutex lock_;  // the map, and which dispatcher a unit has
  UnitPtr standard_;
  std::map<std::string, UnitPtr, std::less<>> units_;
};

}  // namespace delivery
