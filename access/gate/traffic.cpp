#include "access/gate/traffic.h"

#include "engine/base/utc.h"

namespace trust {

namespace {
std::int64_t minute_of(engine::WallTime t) { return engine::unix_seconds(t) / 60; }
constexpr auto kRelaxed = std::memory_order_relaxed;
}  // namespace

void Traffic::count(TrafficEvent event) {
  const auto index = static_cast<std::size_t>(event);
  totals_[index].fetch_add(1, kRelaxed);
  const auto number = minute_of(clock_.wall_now());
  auto& minute = minutes_[static_cast<std::size_t>(number) % kMinutes];
  if (minute.number.load(std::memory_order_acquire) != number) {
    const std::lock_guard lock(turning_);
    if (minute.number.load(kRelaxed) != number) {
      for (auto& count : minute.counts) count.store(0, kRelaxed);
      minute.number.store(number, std::memory_order_release);
    }
  }
  minute.counts[index].fetch_add(1, kRelaxed);
}

TrafficCounts Traffic::totals() const {
  TrafficCounts counts;
  for (std::size_t i = 0; i < kTrafficEvents; ++i) counts.of[i] = totals_[i].load(kRelaxed);
  return counts;
}

TrafficCounts Traffic::last_hour() const {
  const auto newest = minute_of(clock_.wall_now());
  TrafficCounts counts;
  for (const auto& minute : minutes_) {
    const auto number = minute.number.load(std::memory_order_acquire);
    if (number > newest || number <= newest - 60) continue;
    for (std::size_t i = 0; i < kTrafficEvents; ++i) counts.of[i] += minute.counts[i].load(kRelaxed);
  }
  return counts;
}

void Traffic::restore(const TrafficCounts& earlier) {
  for (std::size_t i = 0; i < kTrafficEvents; ++i) totals_[i].fetch_add(earlier.of[i], kRelaxed);
}

void Traffic::clear() {
  const std::lock_guard lock(turning_);
  for (auto& total : totals_) total.store(0, kRelaxed);
  for (auto& minute : minutes_) minute.number.store(-1, std::memory_order_release);
}

}  // namespace trust
