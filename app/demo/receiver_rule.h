#pragma once
// What the receiver was told to do.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace app::demo {

struct ReceiverRule {
  enum class Misbehave { kNot, kHang, kClose, kEarly, kGarbage, kHuge };
  struct Order {
    int status = 200;
    std::chrono::milliseconds delay{0};
    Misbehave misbehave = Misbehave::kNot;
  };

  int status = 200;
  std::vector<std::string> types;  ///< empty: every resource type
  std::int64_t times = 0;          ///< 0: until told otherwise
  std::chrono::milliseconds delay{0};
  Misbehave misbehave = Misbehave::kNot;

  /// What to do with this payload; counts `times` down and falls back to 200 behind the last.
  Order order_for(std::string_view payload);
};

/// kMalformed names the field that is wrong.
engine::Result<ReceiverRule> parse_rule(std::string_view json);

}  // namespace app::demo
