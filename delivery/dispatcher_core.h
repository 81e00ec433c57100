#pragma once
// The inside of a Dispatcher: its state and its coroutines, all on one loop. Only dispatcher*.cpp include this.

#include <atomic>
#include <optional>
#include <random>

#include "delivery/dispatcher.h"
#include "delivery/lane_set.h"
#include "delivery/log_reader.h"
#include "delivery/progress_store.h"
#include "delivery/signature.h"
#include "delivery/wake_signal.h"

namespace delivery {

// worker × concurrency   takes a ready job, sends it, concludes
// pump                   reads the log into the window
// alarm                  rings lanes whose wait is over, and the breaker's and the receiver's own pauses
// keeper                 stores progress, a group of deliveries at a time
class Dispatcher::Impl : public std::enable_shared_from_this<Dispatcher::Impl> {
 public:
  Impl(Rooms rooms, EndpointConfig config, engine::net::Url url, const ProgressStore::State& state);

  engine::Task<void> run();
  void stop();
  void wake();
  void replay(DeadLetterId id);
  DispatcherStats stats() const;
  feed::Offset oldest_needed() const { return feed::Offset{oldest_needed_.load(std::memory_order_relaxed)}; }

 private:
  enum class Loaded { kReady, kLost, kLater, kNotNeeded };

  // dispatcher.cpp
  engine::Task<void> ended(engine::Task<void> part);
  engine::Task<void> pump();
  engine::Task<void> fill();
  engine::Task<bool> tell_lost(feed::Offset from, feed::Offset end);
  engine::Task<void> alarm();
  engine::Task<void> keeper();
  engine::Task<bool> persist();
  engine::Task<void> load_replays();
  bool may_read() const;
  bool may_start(engine::MonoTime now) const;
  void progressed(std::size_t settled);
  void publish();
  void wake_workers();
  void halt();

  // dispatcher_attempts.cpp
  engine::Task<void> worker();
  engine::Task<Loaded> load(Job& job);
  engine::Task<Loaded> load_replay(Job& job);
  struct Sender;
  engine::net::OutboundRequest request(const Job& job, Sender& sender);
  void succeeded(const Outcome& outcome);
  void settle(LaneSet::Ticket ticket);
  engine::Task<void> conclude(LaneSet::Ticket ticket, Outcome outcome);
  engine::Task<void> arrived(LaneSet::Ticket ticket);
  engine::Task<void> give_up(LaneSet::Ticket ticket, Cause cause, std::string error);
  void later(LaneSet::Ticket ticket, std::chrono::milliseconds delay);
  void count(const Outcome& outcome);
  void judged(const Outcome& outcome, std::size_t key);
  Attempt stand(const Job& job, bool endpoint_down) const;

  const Rooms rooms_;
  const EndpointConfig config_;
  const engine::net::Url url_;
  const std::shared_ptr<const Signer> signer_ = std::make_shared<const Signer>(config_);
  ProgressStore store_;
  LaneSet lanes_;
  Breaker breaker_;
  std::mt19937_64 random_;
  SpareBodies spare_bodies_;
  engine::MonoTime paused_until_{};  // the receiver asked for silence
  std::size_t in_flight_ = 0;
  std::size_t idle_ = 0;  // workers that wait
  std::size_t parts_ = 0;  // coroutines of run() that have not ended
  std::size_t unsaved_ = 0;
  feed::Offset lost_told_{};  // up to here it is known what retention took
  bool dirty_ = false;
  bool pump_waits_ = false;
  bool stopping_ = false;
  std::atomic<bool> stop_asked_{false};
  std::atomic<bool> woken_{false};
  WakeSignal work_, room_, alarm_, dirty_signal_, save_now_, part_ended_;

  // Read by other threads.
  std::atomic<std::uint64_t> cursor_{0}, oldest_needed_{0}, in_flight_shown_{0}, parked_{0}, replays_{0};
  std::atomic<std::uint64_t> delivered_{0}, refused_{0}, timed_out_{0}, unreachable_{0}, dead_{0}, skipped_{0}, storage_errors_{0};
  std::atomic<std::int64_t> oldest_appended_{0};  // microseconds of wall time; 0: none
  std::atomic<Breaker::State> breaker_shown_{Breaker::State::kClosed};
  std::atomic<bool> gone_{false};
};

}  // namespace delivery
