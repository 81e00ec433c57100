#pragma once
// How many attempts an endpoint bears at once. Pure: time is handed in.

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "engine/base/utc.h"

namespace delivery {

/// Additive increase, multiplicative decrease. The limit begins at kFirst and, while it is used up, each success raises it by one (it doubles per round) as
/// far as the ceiling or the first "too much" (429, 503, 504, or no answer in time). That halves it, at most once per kEase so that the answers to one burst
/// count once; from then on it takes as many successes as the limit is to raise it by one.
///
/// Threads: one.
class Concurrency {
 public:
  static constexpr std::chrono::milliseconds kEase{1000};
  static constexpr std::size_t kFirst = 4;

  explicit Concurrency(std::size_t ceiling) : ceiling_(ceiling), limit_(std::min(ceiling, kFirst)) {}
  std::size_t limit() const { return limit_; }
  /// `in_flight`: attempts under way when the answer came, this one included.
  void succeeded(std::size_t in_flight) {
    if (limit_ == ceiling_ || in_flight < limit_ || (!beginning_ && ++successes_ < limit_)) return;
    ++limit_;
    successes_ = 0;
  }
  void overloaded(engine::MonoTime now) {
    beginning_ = false;
    if (limit_ == 1 || (eased_ && now - last_ < kEase)) return;
    limit_ /= 2;
    successes_ = 0;
    last_ = now;
    eased_ = true;
  }

 private:
  std::size_t ceiling_, limit_, successes_ = 0;
  engine::MonoTime last_{};
  bool eased_ = false;
  bool beginning_ = true;
};

}  // namespace delivery
