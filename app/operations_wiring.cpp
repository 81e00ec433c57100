#include "app/operations_wiring.h"

#include <algorithm>

#include "app/operations/endpoint_metrics.h"
#include "app/operations/smoke.h"
#include "connectors/log_retention.h"
#include "connectors/pipeline.h"
#include "delivery/fleet.h"
#include "engine/telemetry/log.h"
#include "feed/list_reader.h"
#include "feed/rocks_change_log.h"

namespace app {

namespace {

using connectors::PipelineStatus;

bool is_connected(PipelineStatus::Phase phase) {
  return phase == PipelineStatus::Phase::kSnapshot || phase == PipelineStatus::Phase::kRendering || phase == PipelineStatus::Phase::kStreaming;
}

operations::SourceMetrics source_metrics(const PipelineStatus& status) {
  operations::SourceMetrics facts;
  facts.connected = is_connected(status.phase);
  facts.serving = status.serving;
  facts.position = status.position.sequence;
  facts.changes = status.changes;
  facts.sessions = status.sessions;
  facts.last_commit_seconds = static_cast<double>(status.last_commit.time_since_epoch().count()) / 1e6;
  return facts;
}

/// What is owed: the changes behind the cursor, or what is parked and under way where that is more.
std::uint64_t jobs(const delivery::DispatcherStats& stats) { return std::max(stats.lag, stats.in_flight + stats.parked) + stats.replays_waiting; }

operations::OperationsConfig operations_config(const Config& config, const trust::GateSettings& settings) {
  operations::OperationsConfig made;
  made.runtime = {MILLRACE_VERSION, settings, config.gate.enabled.has_value()};
  made.lag = config.watching.lag;
  made.lifecycle = config.watching.lifecycle;
  made.metadata = config.watching.metadata;
  made.default_scopes = config.gate.default_scopes;
  if (made.default_scopes.empty()) made.default_scopes.assign(trust::default_scopes().begin(), trust::default_scopes().end());
  made.webhook = {config.webhook.url, config.webhook.configured(), settings.webhook_timeout_seconds, settings.webhook_max_attempts};
  made.notifications = config.notifications;
  for (const auto& credential : config.credentials) made.secrets.push_back(credential.token);
  for (const auto& one : config.operators) made.secrets.push_back(one.token);
  for (const auto* endpoint : {&config.webhook, &config.control.action}) made.secrets.insert(made.secrets.end(), endpoint->secrets.begin(), endpoint->secrets.end());
  made.secrets.insert(made.secrets.end(), config.webhook.signing_keys.begin(), config.webhook.signing_keys.end());
  for (const auto* secret : {&config.secrets.master_key, &config.source.password, &config.postgres.password, &config.notifications.smtp.password, &config.notifications.webhook_secret})
    made.secrets.push_back(*secret);
  for (const auto* broker : {&config.kafka.connection, &config.sink.connection}) {
    made.secrets.push_back(broker->password);
    made.secrets.push_back(broker->tls_key_password);
  }
  return made;
}

operations::RoomReaders room_readers(const WatchedRooms& rooms) {
  operations::RoomReaders readers;
  readers.log = [&store = rooms.store, &log = rooms.log] {
    return operations::LogFacts{store.disk_bytes(), log.first_offset().value, log.high_watermark().value};
  };
  readers.source = [&pipeline = rooms.pipeline] { return source_metrics(pipeline.status()); };
  if (rooms.fleet) readers.delivery = [fleet = rooms.fleet] { return fleet->total(); };
  readers.traffic = [&traffic = rooms.traffic] { return traffic.totals(); };
  readers.open_incidents = [&incidents = rooms.incidents] { return incidents.open().size(); };
  readers.source_retention = rooms.source_retention;
  readers.live_readers = rooms.live_readers;
  readers.connections = rooms.connections;
  readers.audit_rows = rooms.audit_rows;
  return readers;
}

}  // namespace

operations::SourceRetention source_retention(const connectors::LogRetention& log) {
  return {log.known, static_cast<double>(log.age.count()), static_cast<double>(log.bytes.value_or(0))};
}

engine::Result<std::unique_ptr<operations::Operations>> open_operations(const WatchedRooms& rooms) {
  operations::register_room_metrics(rooms.metrics, room_readers(rooms), "craft_agents");
  if (rooms.fleet) operations::register_endpoint_metrics(rooms.metrics, *rooms.fleet, rooms.config.deliveries.metrics_endpoints);
  if (rooms.replays) operations::register_replay_metrics(rooms.metrics, *rooms.replays);
  operations::OperationsRooms seen{rooms.store, rooms.clock, rooms.traffic, rooms.dead_letters, rooms.checkpoints, rooms.incidents, rooms.metrics};
  seen.credentials = rooms.credentials;
  seen.managed = rooms.managed;
  seen.control = rooms.control;
  seen.audit_events = rooms.audit_rows;
  seen.source_connected = [&pipeline = rooms.pipeline] { return is_connected(pipeline.status().phase); };
  if (rooms.fleet) seen.webhook_jobs = [fleet = rooms.fleet] { return jobs(fleet->total()); };
  seen.smoke = [&lists = rooms.lists, &clock = rooms.clock, commerce = rooms.settings.features.commerce] {
    return operations::read_smoke(lists, commerce, clock.wall_now());
  };
  return operations::Operations::open(std::move(seen), operations_config(rooms.config, rooms.settings));
}

void log_posture(const operations::Operations& operations) {
  using engine::telemetry::Level;
  for (const auto& warning : operations.posture().warnings) {
    engine::telemetry::log_event(warning.error ? Level::kError : Level::kWarn, "posture", {{"detail", warning.message}});
  }
}

}  // namespace app
