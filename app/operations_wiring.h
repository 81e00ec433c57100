#pragma once
// Shows the running server's rooms to operations.

#include "app/config.h"
#include "app/operations/operations.h"
#include "app/operations/room_metrics.h"

namespace connectors {
class Pipeline;
struct LogRetention;
}  // namespace connectors
namespace delivery {
class Fleet;
}
namespace replay {
class ReplayJobs;
}
namespace feed {
class ListReader;
class RocksChangeLog;
}  // namespace feed

namespace app {

/// All outlive what is made from them. Functions that are empty have nothing to tell.
struct WatchedRooms {
  const Config& config;
  const trust::GateSettings& settings;
  engine::store::Store& store;
  const engine::Clock& clock;
  const feed::RocksChangeLog& log;
  const feed::ListReader& lists;
  const feed::Checkpoints& checkpoints;
  const delivery::DeadLetters& dead_letters;
  const delivery::Fleet* fleet;  ///< nullptr: no webhook
  const replay::ReplayJobs* replays;  ///< nullptr: none
  const connectors::Pipeline& pipeline;
  const engine::telemetry::OpenIncidents& incidents;
  trust::Traffic& traffic;
  engine::telemetry::Registry& metrics;
  std::function<std::shared_ptr<const trust::CredentialSet>()> credentials{};
  std::function<std::vector<trust::ManagedCredential>()> managed{};
  std::function<trust::ControlCounts()> control{};
  std::function<std::uint64_t()> audit_rows{};
  std::function<operations::SourceRetention()> source_retention{};
  std::function<std::size_t()> live_readers{};
  std::function<std::size_t()> connections{};
};

operations::SourceRetention source_retention(const connectors::LogRetention& log);

/// Registers the rooms' metrics and opens operations. Blocking. Errors: as Operations::open().
engine::Result<std::unique_ptr<operations::Operations>> open_operations(const WatchedRooms& rooms);

/// What is wrong with the door, one line each (contract craft-agents-governance 3.5). Once the credentials are there.
void log_posture(const operations::Operations& operations);

}  // namespace app
