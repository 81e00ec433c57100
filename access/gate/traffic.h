#pragma once
// What passes the gates, counted (contract craft-agents-governance 5.2), in total and over the last hour.

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "engine/base/clock.h"

namespace trust {

enum class TrafficEvent : std::uint8_t { kRequest, kAuthFailure, kForbidden, kRateLimited, kServerError };
inline constexpr std::size_t kTrafficEvents = 5;

/// One number per event, in their order.
struct TrafficCounts {
  std::array<std::uint64_t, kTrafficEvents> of{};
  std::uint64_t operator[](TrafficEvent event) const { return of[static_cast<std::size_t>(event)]; }
  friend bool operator==(const TrafficCounts&, const TrafficCounts&) = default;
};

/// Threads: any. Blocking: never, but for a short lock once a minute.
class Traffic {
 public:
  /// `clock` outlives this.
  explicit Traffic(const engine::Clock& clock) : clock_(clock) {}

  void count(TrafficEvent event);
  /// Since the counters were last cleared.
  TrafficCounts totals() const;
  /// Of this minute and the 59 before it.
  TrafficCounts last_hour() const;
  /// What was counted before this process; added to what is counted already.
  void restore(const TrafficCounts& earlier);
  void clear();

 private:
  struct Minute {
    std::atomic<std::int64_t> number{-1};
    std::array<std::atomic<std::uint64_t>, kTrafficEvents> counts{};
  };
  static constexpr std::size_t kMinutes = 64;  // more than an hour: one that ends is not overwritten while it is read

  const engine::Clock& clock_;
  std::array<std::atomic<std::uint64_t>, kTrafficEvents> totals_{};
  std::array<Minute, kMinutes> minutes_{};
  std::mutex turning_;
};

}  // namespace trust
