#pragma once
// At most so many attempts a second, with a burst. Pure: time is handed in.

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/base/utc.h"

namespace delivery {

/// Full at first. Threads: one.
class TokenBucket {
 public:
  /// `rate` per second, above zero; `burst` at least 1.
  TokenBucket(double rate, double burst) : rate_(rate), burst_(burst), tokens_(burst) {}

  bool may_take(engine::MonoTime now) { return refill(now) >= 1; }
  /// Also below zero: what was started has been started.
  void take(engine::MonoTime now) {
    refill(now);
    tokens_ -= 1;
  }
  /// When may_take() turns true by time alone.
  engine::MonoTime next(engine::MonoTime now) {
    const double missing = 1 - refill(now);
    if (missing <= 0) return now;
    return now + std::chrono::nanoseconds(static_cast<std::int64_t>(std::ceil(missing / rate_ * 1e9)));
  }

 private:
  double refill(engine::MonoTime now) {
    if (at_ == engine::MonoTime{}) at_ = now;
    if (now > at_) {
      tokens_ = std::min(burst_, tokens_ + rate_ * std::chrono::duration<double>(now - at_).count());
      at_ = now;
    }
    return tokens_;
  }
  double rate_, burst_, tokens_;
  engine::MonoTime at_{};
};

}  // namespace delivery
