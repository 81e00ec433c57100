#pragma once
// What of an endpoint's state outlives the process.

#include <functional>
#include <string>
#include <vector>

#include "delivery/key_schema.h"
#include "delivery/lane_set.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace delivery {

/// Blocking. Threads: any, one call at a time.
class ProgressStore {
 public:
  ProgressStore(engine::store::Store& store, std::string endpoint);

  struct State {
    Progress progress;
    std::vector<ParkedRow> parked;  ///< ascending by offset
  };
  /// An endpoint never seen before starts at `otherwise`, and that is stored (synced). Where an operator moved it (EndpointBook::seek), it starts there
  /// without what was parked; that too is stored.
  engine::Result<State> load(feed::Offset otherwise);
  /// Both together. Synced where a row is stored, since the cursor passes it; otherwise losing it only repeats deliveries.
  /// `also` may add to the same write.
  engine::Result<void> save(const Progress& progress, const LaneSet::Rows& rows, const std::function<void(engine::store::Batch&)>& also = {});

 private:
  engine::Result<void> seek(Progress& progress);
  engine::store::Store& store_;
  engine::store::Family family_;
  std::string endpoint_;
};

}  // namespace delivery
