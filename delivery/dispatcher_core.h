#pragma once
// The inside of a Dispatcher: its state and its coroutines, all on one loop. Only dispatcher*.cpp include this.

#include <atomic>
#include <deque>
#include <optional>
#include <random>

#include "delivery/change_router.h"
#include "delivery/concurrency.h"
#include "delivery/dispatcher.h"
#include "delivery/endpoint_interests.h"
#include "delivery/lane_set.h"
#include "delivery/log_reader.h"
#include "delivery/progress_store.h"
#include "delivery/signature.h"
#include "delivery/token_bucket.h"
#include "delivery/wake_signal.h"

namespace delivery {

/// Of the counters below: counted on the loop alone and read anywhere, so no locked instruction is needed.
inline void bump(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) {
  counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

// worker × concurrency   takes a ready job, sends it, concludes; made when there is work for one more
// pump                   reads the log into the window: on its own, or what the router offered
// alarm                  rings lanes whose wait is over, and the breaker's and the receiver's own pauses
// keeper                 stores progress, a group of deliveries at a time
class Dispatcher::Impl : public std::enable_shared_from_this<Dispatcher::Impl>, private ChangeRouter::Follower {
 public:
  Impl(Rooms rooms, EndpointConfig config, engine::net::Url url, const ProgressStore::State& state);
  ~Impl() override;

  /// Before run(); nullptr: attempts are not kept.
  void record_with(std::unique_ptr<AttemptRecorder> recorder) { recorder_ = std::move(recorder); }
  engine::Task<void> run();
  void stop();
  void wake();
  void replay(DeadLetterId number, ReplayDone done);
  DispatcherStats stats() const;
  feed::Offset oldest_needed() const;
  void keep_place();

 private:
  enum class Loaded { kReady, kLost, kLater, kNotNeeded };
  enum class Reading {
    kAlone,      // the log, from where it stands
    kFollowing,  // what the router offers; nothing else below the router's position is wanted
    kLeaving,    // what the router offered up to where there was no more room; then alone
  };

  struct Moment {
    engine::MonoTime mono;
    engine::WallTime wall;
  };
  Moment moment() const { return {rooms_.timers.now(), rooms_.timers.wall_now()}; }

  // dispatcher.cpp
  engine::Task<void> ended(engine::Task<void> part);
  engine::Task<void> pump();
  engine::Task<void> fill();
  engine::Task<void> fill_offered();
  engine::Task<void> take_in(engine::Result<ReadJobs> read, feed::Offset from);
  bool offer(feed::Offset offset) override;
  bool may_follow() const;
  void follow();
  void read_alone();
  void catch_up();
  feed::Offset cursor_now() const;
  engine::Task<bool> tell_lost(feed::Offset from, feed::Offset end);
  engine::Task<void> alarm();
  engine::Task<void> keeper();
  engine::Task<bool> persist();
  engine::Task<void> load_replays();
  bool may_read() const;
  bool has_more() const;
  std::size_t room() const;
  bool may_start(engine::MonoTime now);
  void progressed(std::size_t settled);
  void publish();
  void wake_workers() { wake_workers(rooms_.timers.now()); }
  void wake_workers(engine::MonoTime now);
  void halt();

  // dispatcher_attempts.cpp
  engine::Task<void> worker();
  engine::Task<Loaded> load(Job& job);
  engine::Task<Loaded> load_replay(Job& job);
  engine::Task<Loaded> load_resend(Job& job, feed::Offset offset);
  struct Sender;
  engine::net::OutboundRequest request(const Job& job, Sender& sender, const Moment& now);
  void succeeded(const Outcome& outcome);
  void settle(LaneSet::Ticket&& ticket);
  void spare(std::string body);
  void take_back(SpareBodies lent);
  engine::Task<void> conclude(LaneSet::Ticket ticket, Outcome outcome);
  engine::Task<void> arrived(LaneSet::Ticket ticket);
  engine::Task<void> give_up(LaneSet::Ticket ticket, Cause cause, std::string error);
  void later(LaneSet::Ticket ticket, std::chrono::milliseconds delay);
  void end_by_410();
  void count(const Outcome& outcome);
  void record(const LaneSet::Ticket& ticket, const Outcome& outcome, const Moment& started, const Moment& ended);
  void judged(const Outcome& outcome, std::size_t key);
  Attempt stand(const Job& job, bool endpoint_down) const;

  const Rooms rooms_;
  const EndpointConfig config_;
  const engine::net::Url url_;
  const LiveSecrets::Hold signing_;  // until what was sent with them is answered
  const std::shared_ptr<const Signer> signer_ = std::make_shared<const Signer>(config_);
  ProgressStore store_;
  LaneSet lanes_;
  Breaker breaker_;
  Concurrency concurrency_;
  std::optional<TokenBucket> bucket_;
  std::mt19937_64 random_;
  SpareBodies spare_bodies_;
  ReplayLedger ledger_;
  std::unique_ptr<AttemptRecorder> recorder_;
  engine::MonoTime paused_until_{};  // the receiver asked for silence
  std::size_t in_flight_ = 0;
  std::size_t workers_ = 0;
  std::size_t idle_ = 0;  // workers that wait
  std::size_t parts_ = 0;  // coroutines of run() that have not ended
  std::size_t unsaved_ = 0;
  std::size_t read_ahead_ = 0;  // changes of the next read; grows while all is well
  feed::Offset lost_told_{};  // up to here it is known what retention took
  bool dirty_ = false;
  bool unrecorded_ = false;  // progress could not be stored, so nothing is sent that would add to it
  Reading reading_ = Reading::kAlone;
  std::deque<feed::Offset> offered_;
  feed::Offset offered_end_{};  // kLeaving: everything below was offered
  std::optional<ChangeRouter::Slot> slot_;
  feed::Offset followed_{};     // from where on the subscription applies that the router knows
  bool pump_waits_ = false;
  bool ended_by_410_ = false;
  bool stopping_ = false;
  std::atomic<bool> stop_asked_{false};
  std::atomic<bool> woken_{false};
  WakeSignal work_, room_, alarm_, dirty_signal_, save_now_, part_ended_;

  // Read by other threads.
  std::atomic<std::uint64_t> cursor_{0}, parked_floor_{0}, in_flight_shown_{0}, parked_{0}, parked_keys_{0}, replays_{0}, sequence_{0}, limit_{0};
  std::atomic<bool> quiet_{false};  // follows and owes nothing of the window: its cursor is the router's position
  std::atomic<bool> follows_{false};
  std::atomic<std::uint64_t> delivered_{0}, refused_{0}, timed_out_{0}, unreachable_{0}, dead_{0}, skipped_{0}, storage_errors_{0};
  std::atomic<std::int64_t> oldest_appended_{0};  // microseconds of wall time; 0: none
  std::atomic<Breaker::State> breaker_shown_{Breaker::State::kClosed};
  std::atomic<bool> gone_{false};
};

}  // namespace delivery
