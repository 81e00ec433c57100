#pragma once
// How many attempts an endpoint bears at once. Pure: time is handed in.

#include <chrono>
#include <cstddef>

#include "engine/base/utc.h"

namespace delivery {

/// Additive increase, multiplicative decrease: the limit begins at the ceiling, an answer that says "too much" (429, 503, 504, or none in time) halves
/// it, at most once per kEase so that the answers to one burst count once; as many successes as the limit is, while it is used up, raise it by one.
///
/// Threads: one.
class Concurrency {
 public:
  static constexpr std::chrono::milliseconds kEase{1000};

  explicit Concurrency(std::size_t ceiling) : ceiling_(ceiling), limit_(ceiling) {}
  std::size_t limit() const { return limit_; }
  /// `in_flight`: attempts under way when the answer came, this one included.
  void succeeded(std::size_t in_flight) {
    if (limit_ == ceiling_ || in_flight < limit_ || ++successes_ < limit_) return;
    ++limit_;
    successes_ = 0;
  }
  void overloaded(engine::MonoTime now) {
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
};

}  // namespace delivery
