#pragma once
#include <compare>
#include <string>

#include "engine/base/strong_id.h"

namespace feed {

/// A change's number in the log: dense from 1, never reused.
using Offset = engine::StrongId<struct OffsetTag>;
/// A shard of the log. One today; on disk and in cursors from the first day (design.md section 10).
using Partition = engine::StrongId<struct PartitionTag, std::uint32_t>;
/// Printed as evt_ and 16 hex digits; the same after retry, restart and replay.
using EventId = engine::StrongId<struct EventIdTag>;

std::string text(EventId id);

/// A resource: its type as the contract spells it in items ("entry") and its decimal or textual id.
struct ResourceKey {
  std::string type;
  std::string id;
  friend auto operator<=>(const ResourceKey&, const ResourceKey&) = default;
};

}  // namespace feed
