#pragma once
// Decides whether an endpoint, rather than one delivery, is to blame. Pure: time is handed in.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/utc.h"

namespace delivery {

struct BreakerPolicy {
  unsigned failures = 5;                            ///< in a row, without a success in between
  unsigned keys = 3;                                ///< over at least so many ordering keys
  std::chrono::milliseconds span{30'000};           ///< and over at least so long, then the circuit opens
  std::chrono::milliseconds suspect_every{1'000};   ///< pace of attempts between suspicion and opening
  std::chrono::milliseconds first_probe{5'000};     ///< after opening; doubles per failed probe
  std::chrono::milliseconds probe_cap{60'000};
};

/// Four states. Closed: send. Suspect: failures and keys are reached, the span is not: one attempt at a time, at a slow pace.
/// Open: nothing is sent until the next probe is due. Half-open: one probe is in flight; it closes or re-opens the circuit.
/// After closing, concurrency grows by one per success ("slow ramp"). Any success in any state closes.
///
/// Threads: one.
class Breaker {
 public:
  enum class State : std::uint8_t { kClosed, kSuspect, kOpen, kHalfOpen };

  explicit Breaker(const BreakerPolicy& policy) : policy_(policy) {}

  State state() const { return state_; }
  /// True in every state but closed: failures are the endpoint's, not the delivery's.
  bool blames_endpoint() const { return state_ != State::kClosed; }

  /// Whether one more attempt may start while `in_flight` are under way. Asked before started().
  bool may_start(engine::MonoTime now, std::size_t in_flight, std::size_t concurrency) const;
  /// When may_start can turn true by time alone; nullopt: not by time.
  std::optional<engine::MonoTime> next_start() const;
  void started(engine::MonoTime now);
  void succeeded();
  /// What was started says nothing of the endpoint: nothing was sent (its bytes could not be read, or were not needed), or the answer was about
  /// the delivery.
  void abandoned(engine::MonoTime now);
  /// `key`: a hash of the ordering key.
  void failed(engine::MonoTime now, std::size_t key);
  /// When the first failure of the present streak ended; nullopt without a streak.
  std::optional<engine::MonoTime> failing_since() const;

 private:
  void note(engine::MonoTime now, std::size_t key);
  BreakerPolicy policy_;
  State state_ = State::kClosed;
  unsigned failures_ = 0;
  std::vector<std::size_t> keys_;  // distinct, at most policy_.keys
  engine::MonoTime since_{};
  engine::MonoTime next_start_{};
  std::chrono::milliseconds probe_wait_{0};
  std::size_t ramp_ = SIZE_MAX;    // attempts allowed at once
};

/// "closed", "suspect", "open", "half_open".
const char* name(Breaker::State state);

}  // namespace delivery
