#pragma once
// The traffic counters outlive the process ([FIX] of contract craft-agents-governance 5.2).

#include <memory>

#include "access/gate/traffic.h"
#include "app/operations/metrics_report.h"
#include "engine/store/store.h"

namespace app::operations {

/// Threads: one at a time. Blocking: open() and save().
class TrafficKeeper {
 public:
  /// Gives `traffic` what was counted before. All references outlive this. kMalformed: the stored counters are damaged; else the store's errors.
  static engine::Result<std::unique_ptr<TrafficKeeper>> open(engine::store::Store& store, trust::Traffic& traffic, const engine::Clock& clock);

  /// Not synced: a crash costs what was counted since the last save, at most.
  engine::Result<void> save();
  const CounterAges& ages() const { return ages_; }

 private:
  TrafficKeeper(engine::store::Store& store, trust::Traffic& traffic, engine::WallTime now);
  engine::store::Store& store_;
  engine::store::Family family_;
  trust::Traffic& traffic_;
  CounterAges ages_;
};

}  // namespace app::operations
