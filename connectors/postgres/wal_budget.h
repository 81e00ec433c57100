#pragma once
// How much WAL the server keeps for our slot, and what is done where that is more than the operator allows.

#include <mutex>

#include "connectors/log_retention.h"
#include "connectors/postgres/postgres_options.h"
#include "connectors/stop_signal.h"
#include "engine/telemetry/incidents.h"

namespace connectors {

/// Over the budget: an incident that says so, resolved once it is under it again; and with WalPolicy::kDropAndResnapshot the slot goes at once, whoever
/// streams it, so the server can drop the WAL: the source then finds its slot gone and takes a new snapshot with diff.
/// Threads: any. Blocking: refresh().
class WalBudget final : public RetentionWatch {
 public:
  /// `incidents` outlives it.
  WalBudget(PostgresOptions options, engine::telemetry::IncidentSink& incidents) : options_(std::move(options)), incidents_(incidents) {}
  engine::Result<void> refresh() override;
  LogRetention latest() const override;
  std::chrono::seconds every() const override { return std::chrono::seconds(10); }
  void stop() override { stop_.stop(); }

 private:
  const PostgresOptions options_;
  engine::telemetry::IncidentSink& incidents_;
  StopSignal stop_;
  mutable std::mutex mutex_;
  LogRetention latest_;
};

}  // namespace connectors
