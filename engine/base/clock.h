#pragma once
// Nobody calls steady_clock::now() or system_clock::now(); everybody asks the Clock handed in.

#include "engine/base/utc.h"

namespace engine {

/// Threads: safe from any thread. Blocking: never.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For intervals and deadlines.
  virtual MonoTime now() const = 0;
  /// For payloads and people. May start elsewhere than the machine's clock (--clock-start).
  virtual WallTime wall_now() const = 0;
};

}  // namespace engine
