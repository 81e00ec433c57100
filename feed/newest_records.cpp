#include "feed/newest_records.h"

namespace feed {
namespace {
constexpr int kTries = 10;  // a version may be replaced, and removed by retention, between two reads
}

engine::Result<std::optional<LatestEntry>> NewestRecords::entry(std::string_view type, std::string_view id) const {
  auto found = log_.find({std::string(type), std::string(id)}, read_);
  if (!found) return found.take_error();
  if (*found && ((*found)->latest.tombstone || !(*found)->latest.visible.list)) return std::optional<LatestEntry>();
  return found;
}

engine::Result<std::optional<std::string>> NewestRecords::record(std::string_view type, std::string_view id, const LatestEntry& entry) const {
  std::optional<LatestEntry> named = entry;
  for (int i = 0; i < kTries; ++i) {
    auto record = log_.record(named->latest.offset, read_);
    if (!record || *record) return record;
    const auto missing = named->latest.offset;
    auto again = this->entry(type, id);
    if (!again) return again.take_error();
    if (!*again) return std::optional<std::string>();
    if ((*again)->latest.offset == missing) return engine::fail(engine::Errc::kMalformed, "log: the newest version of a resource is missing");
    named = std::move(*again);
  }
  return engine::fail(engine::Errc::kUnavailable, "log: a resource changes faster than it is read");
}

engine::Result<std::optional<std::string>> NewestRecords::record(std::string_view type, std::string_view id) const {
  auto found = entry(type, id);
  if (!found) return found.take_error();
  if (!*found) return std::optional<std::string>();
  return record(type, id, **found);
}

}  // namespace feed
