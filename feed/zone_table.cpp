#include "feed/zone_table.h"

#include <algorithm>
#include <mutex>

namespace feed {

void ZoneTable::set(Zone zone, const ZoneSummary& summary) {
  const std::unique_lock lock(mutex_);
  if (zones_.size() <= zone.value) zones_.resize(zone.value + 1);
  zones_[zone.value] = summary;
}

ZoneSummary ZoneTable::get(Zone zone) const {
  const std::shared_lock lock(mutex_);
  return zone.value < zones_.size() ? zones_[zone.value] : ZoneSummary{};
}

Offset ZoneTable::next_match(Offset from, Offset end, std::uint64_t types, engine::WallTime since) const {
  const std::shared_lock lock(mutex_);
  for (auto zone = zone_of(from).value; zone < zones_.size() && zone * kZoneOffsets < end.value; ++zone) {
    const auto& summary = zones_[zone];
    if ((summary.types & types) != 0 && summary.newest >= since) return std::max(from, Offset{zone * kZoneOffsets});
  }
  return end;
}

}  // namespace feed
