#pragma once
// What a mapping says of one resource at one moment; the differ turns it into a change, or finds that nothing changed.

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/utc.h"
#include "feed/change.h"
#include "feed/facts.h"

namespace feed {

/// Stands in rendered parts wherever the change's `updatedAt` belongs, quotes included ("updatedAt":<mark>): which instant
/// that is, only the differ can say (raw source timestamp or commit time, design.md section 4). The bytes cannot occur in JSON.
inline constexpr std::string_view kUpdatedAtMark{"\x01u\x01", 3};

struct Rendering {
  enum class State {
    kLive,     ///< the resource exists; `parts` hold it
    kDeleted,  ///< soft-deleted: a tombstone, `raw_updated_at` is when
    kAbsent,   ///< no row (hard-deleted), or no longer a resource (became a draft, left the served site)
  };
  ResourceKey key;
  State state = State::kAbsent;
  engine::WallTime created_at{};
  engine::WallTime raw_updated_at{};
  Visibility visible;
  Parts parts;
  Facts facts;
  std::optional<WebhookAlias> alias;
};

}  // namespace feed
