#pragma once
// Who may wait for changes, and how many at once.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "access/permission.h"

namespace feed {
class FeedBell;
}

namespace app::craft_agents {

struct LiveLimits {
  std::size_t readers = 10'000;                ///< waits and streams together
  std::size_t readers_per_credential = 1'000;
  std::chrono::seconds heartbeat{15};          ///< silence of a stream
};

/// Threads: any.
class LiveReading {
 public:
  /// `bell` outlives this.
  explicit LiveReading(feed::FeedBell& bell, LiveLimits limits = {}) : bell_(bell), limits_(limits) {}

  /// One wait or stream, counted for as long as it lives. Its LiveReading outlives it, also where a loop is destroyed with coroutines in it.
  class Seat {
   public:
    Seat(Seat&& other) noexcept : in_(std::exchange(other.in_, nullptr)), whose_(std::move(other.whose_)) {}
    Seat& operator=(Seat&&) = delete;
    ~Seat() {
      if (in_) in_->stand_up(whose_);
    }

   private:
    friend class LiveReading;
    Seat(LiveReading& in, std::string whose) : in_(&in), whose_(std::move(whose)) {}
    LiveReading* in_;
    std::string whose_;
  };
  /// nullopt: this credential, or everybody together, has as many as allowed.
  std::optional<Seat> sit(const trust::Principal& principal);

  feed::FeedBell& bell() const { return bell_; }
  const LiveLimits& limits() const { return limits_; }
  std::size_t seated() const;

 private:
  void stand_up(const std::string& whose);

  feed::FeedBell& bell_;
  const LiveLimits limits_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::size_t> by_credential_;
  std::size_t seated_ = 0;
};

}  // namespace app::craft_agents
