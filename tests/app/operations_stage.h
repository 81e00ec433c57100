#pragma once
// Operations behind the Craft Agents surface, with facts that a test decides on.

#include "access/key_schema.h"
#include "app/operations/operations.h"
#include "tests/app/surface_stage.h"

namespace test {

struct OperationsStage : SurfaceStage {
  TemporaryDirectory own_directory;
  std::unique_ptr<engine::store::Store> own_store = open_own_store();
  trust::Traffic traffic{timers};
  engine::telemetry::OpenIncidents incidents{timers};
  engine::telemetry::Registry registry;
  app::operations::OperationsConfig operations_config;
  bool connected = true;
  std::uint64_t jobs = 0;
  std::optional<app::operations::SinkStanding> sink;
  trust::ControlCounts control;
  std::uint64_t audit_rows = 0;
  std::vector<trust::ManagedCredential> managed;
  app::operations::SmokeFacts smoke;
  std::unique_ptr<app::operations::Operations> operations;

  std::unique_ptr<engine::store::Store> open_own_store() {
    engine::store::Options options;
    options.families = trust::families();
    return std::move(*engine::store::Store::open((own_directory.path() / "store").string(), options));
  }

  /// Opens operations anew, as after a restart of the process; the surface is made at the first request.
  void start() {
    operations_config.runtime = {"9.9.9", trust::resolve(gate_config), true};
    app::operations::OperationsRooms rooms{*own_store, timers, traffic, *letters, *checkpoints, incidents, registry};
    rooms.credentials = [this] { return credentials(who); };
    rooms.managed = [this] { return managed; };
    rooms.source_connected = [this] { return connected; };
    rooms.webhook_jobs = [this] { return jobs; };
    if (sink) rooms.sink = [this] { return *sink; };
    rooms.control = [this] { return control; };
    rooms.audit_events = [this] { return audit_rows; };
    rooms.smoke = [this] { return smoke; };
    auto made = app::operations::Operations::open(rooms, operations_config);
    ASSERT_TRUE(made) << made.error().detail;
    operations = std::move(*made);
    const auto settings = trust::resolve(gate_config);
    live.emplace(bell, limits);
    limiter = std::make_unique<trust::RateLimiter>(timers, settings.rate);
    opened = std::make_unique<app::craft_agents::CraftAgentsSurface>(
        app::craft_agents::SurfaceRooms{reader, lists, *checkpoints, *letters, desk, status, timers, pool, *live, SurfaceStage::control, operations.get()}, config, settings,
        credentials(who), *limiter);
    opened->gate().count_in(traffic);
  }
};

}  // namespace test
