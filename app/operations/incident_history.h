#pragma once
// When each open incident was first seen, also before this process ([FIX] of contract craft-agents-governance 5.4).

#include <mutex>
#include <vector>

#include "app/operations/incidents_report.h"
#include "engine/store/store.h"

namespace app::operations {

/// Threads: any. Blocking.
class IncidentHistory {
 public:
  explicit IncidentHistory(engine::store::Store& store);
  /// Remembers those that are new, forgets those that are over, and dates the items back. The store's errors: the items are as they were.
  engine::Result<void> renew(std::vector<IncidentItem>& items);

 private:
  engine::Result<Sightings> read() const;
  engine::store::Store& store_;
  engine::store::Family family_;
  std::mutex renewing_;
};

}  // namespace app::operations
