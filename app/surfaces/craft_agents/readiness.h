#pragma once
// What the surface asks about the water behind it.

#include <cstdint>
#include <string>
#include <string_view>

namespace app::craft_agents {

struct FeedStatus {
  bool serving = false;      ///< the first snapshot is complete (or a log from earlier is there)
  std::string phase;         ///< "connecting", "snapshot", "streaming", …
  double progress = 0;       ///< 0 to 1, of the snapshot
  bool source_connected = false;
  std::string source_position;  ///< behind the last stored transaction, as the connector prints it; empty: none yet
  std::uint64_t changes = 0;    ///< appended since start
  std::string error;            ///< of the present trouble with the source; empty when all is well
};

/// Threads: any. Blocking: never.
class FeedStatusProvider {
 public:
  virtual ~FeedStatusProvider() = default;
  virtual FeedStatus feed_status() const = 0;
  /// feed_status().serving alone: asked by every request, so it must cost no more than reading an atomic.
  virtual bool serving() const = 0;
  /// May there be resources of this item type ("product")? A source without a shop has none of the shop's, one without a plugin none of its. Asked by many requests: as cheap as serving().
  virtual bool has_type(std::string_view) const { return true; }
};

}  // namespace app::craft_agents
