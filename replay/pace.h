#pragma once
// How many deliveries a rate allows now. Pure: time is handed in.

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "engine/base/utc.h"

namespace replay {

/// So many a second, evenly. Of time in which nothing was sent a tenth of a second may be made up for, so that being asked late costs no speed and a pause
/// no burst.
class Pace {
 public:
  explicit Pace(std::uint32_t per_second) : gap_(std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(1u, per_second)) {}

  std::size_t allowance(engine::MonoTime now) const {
    const auto due = due_at(now);
    return now < due ? 0 : static_cast<std::size_t>((now - due) / gap_) + 1;
  }
  /// `n` of the allowance were used.
  void spend(engine::MonoTime now, std::size_t n) {
    if (n > 0) due_ = due_at(now) + gap_ * static_cast<std::int64_t>(n);
  }
  /// When the next one may go; in the past: now.
  engine::MonoTime next() const { return due_; }

 private:
  static constexpr std::chrono::milliseconds kMadeUp{100};
  engine::MonoTime due_at(engine::MonoTime now) const { return std::max(due_, now - kMadeUp); }
  std::chrono::nanoseconds gap_;
  engine::MonoTime due_{};
};

}  // namespace replay
