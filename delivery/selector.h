#pragma once
// What becomes of one change at one endpoint.

#include <cstdint>
#include <string>
#include <vector>

#include "feed/change_codec.h"
#include "feed/ids.h"

namespace delivery {

enum class Mode : std::uint8_t { kFirehose, kTargeted };

struct Routing {
  bool deliver = false;
  Mode mode = Mode::kFirehose;
  std::vector<std::string> handles;  ///< of all matches, unique, sorted
  std::string json;                  ///< value of the payload's "subscriptions": finished JSON
};

/// Threads: any.
class Selector {
 public:
  virtual ~Selector() = default;
  /// A function of the change and its offset alone, so that a restart or a week of lag decides as was decided when it happened.
  /// What is given lives as long as the selector.
  virtual const Routing& route(const feed::ChangeView& change, feed::Offset offset) const = 0;
};

}  // namespace delivery
