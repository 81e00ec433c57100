#pragma once
// What retention took from an endpoint before it was sent: one dead letter for the whole range (design.md section 4).

#include <string>

#include "delivery/dead_letters.h"

namespace delivery {

/// For the versions between `from` (inclusive) and `end` (exclusive) that the log no longer has. The same range gives the same event id, so telling it twice
/// leaves one record. It has no payload and cannot be replayed.
DeadLetter lost_range(const std::string& endpoint, feed::Offset from, feed::Offset end);

}  // namespace delivery
