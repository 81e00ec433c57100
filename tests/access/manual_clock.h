#pragma once
#include "engine/base/clock.h"

namespace test {

/// Stands still until it is moved.
class ManualClock final : public engine::Clock {
 public:
  engine::MonoTime now() const override { return engine::MonoTime{} + (wall - start); }
  engine::WallTime wall_now() const override { return wall; }
  void advance(std::chrono::microseconds by) { wall += by; }
  const engine::WallTime start{std::chrono::seconds(1'795'368'000)};  // a multiple of 60
  engine::WallTime wall = start;
};

}  // namespace test
