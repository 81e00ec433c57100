#pragma once
// What the rooms know about themselves, as metrics for operators. Names begin with millrace_; the contract's series do not.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "access/gate/traffic.h"
#include "engine/telemetry/metrics.h"

namespace delivery {
struct DispatcherStats;
}

namespace app::operations {

struct LogFacts {
  std::uint64_t bytes = 0;           ///< of the store on disk, approximately
  std::uint64_t first_offset = 0;    ///< the oldest that is kept
  std::uint64_t high_watermark = 0;  ///< one past the newest
};

struct SourceMetrics {
  bool connected = false;
  bool serving = false;
  std::uint64_t position = 0;      ///< transactions seen
  std::uint64_t changes = 0;       ///< appended since start
  std::uint64_t sessions = 0;      ///< connections made since start
  double last_commit_seconds = 0;  ///< Unix time of the newest transaction stored; 0: none yet
};

/// How long the source keeps what has not been read yet.
struct SourceRetention {
  bool known = false;
  double seconds = 0;  ///< by its configuration; 0: it never drops by age
  double bytes = 0;    ///< of change history it holds now
};

/// One function a room; an empty one has no metrics. They are called when metrics are rendered, may block, and outlive the registry's use.
struct RoomReaders {
  std::function<LogFacts()> log{};
  std::function<SourceMetrics()> source{};
  std::function<SourceRetention()> source_retention{};
  std::function<delivery::DispatcherStats()> delivery{};
  std::function<trust::TrafficCounts()> traffic{};
  std::function<std::size_t()> live_readers{};
  std::function<std::size_t()> connections{};
  std::function<std::size_t()> open_incidents{};
  std::function<std::uint64_t()> audit_rows{};
};
/// `dialect`: whose requests `traffic` counts.
void register_room_metrics(engine::telemetry::Registry& registry, RoomReaders readers, const std::string& dialect);

/// Bytes of memory this process holds (resident); 0 where the system does not say.
std::uint64_t resident_bytes();

}  // namespace app::operations
