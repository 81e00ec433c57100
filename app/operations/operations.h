#pragma once
// The facade that handlers, the admin listener and the command line ask. It gathers facts, has them judged, and writes them down.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "access/gate/traffic.h"
#include "app/operations/dead_letter_watch.h"
#include "app/operations/diagnostics.h"
#include "app/operations/incident_history.h"
#include "app/operations/notifications.h"
#include "app/operations/sink_standing.h"
#include "app/operations/status_monitor.h"
#include "app/operations/store_probe.h"
#include "app/operations/traffic_keeper.h"
#include "engine/base/clock.h"
#include "engine/telemetry/incidents.h"
#include "engine/telemetry/metrics.h"
#include "feed/checkpoints.h"

namespace app::operations {

struct OperationsConfig {
  Runtime runtime;
  LagThresholds lag;
  LifecycleThresholds lifecycle;
  MetadataMap metadata;
  std::vector<std::string> default_scopes;  ///< of credentials without their own
  WebhookFacts webhook;
  NotificationConfig notifications;
  std::vector<std::string> further_warnings;  ///< of the posture
  std::vector<engine::Secret> secrets;        ///< what no report may tell, wherever it turns up
};

/// Where facts come from; all outlive Operations. The functions may block and are called on the caller's thread; one that is empty has nothing to tell.
struct OperationsRooms {
  engine::store::Store& store;  ///< has trust::families()
  const engine::Clock& clock;
  trust::Traffic& traffic;
  const delivery::DeadLetters& dead_letters;
  const feed::Checkpoints& checkpoints;
  const engine::telemetry::OpenIncidents& incidents;
  const engine::telemetry::Registry& metrics;  ///< rendered beside the contract's series
  std::function<std::shared_ptr<const trust::CredentialSet>()> credentials{};
  std::function<std::vector<trust::ManagedCredential>()> managed{};
  std::function<bool()> source_connected{};
  std::function<std::uint64_t()> webhook_jobs{};
  std::function<SinkStanding()> sink{};
  std::function<trust::ControlCounts()> control{};
  std::function<std::uint64_t()> audit_events{};
  std::function<SmokeFacts()> smoke{};
};

/// Threads: any. Blocking: everything but the accessors; from a loop, call through engine::on_pool().
/// The JSON is one object without the dialect's envelope. Errors: the store's.
class Operations {
 public:
  static engine::Result<std::unique_ptr<Operations>> open(OperationsRooms rooms, OperationsConfig config);

  /// Probes store and source. `over_http`: false from the command line.
  Readiness readiness(bool over_http = true) const;
  std::string readiness_json() const;
  engine::Result<std::string> metrics_json() const;
  engine::Result<std::string> incidents_json(const IncidentQuery& query) const;
  std::string lifecycle_json() const;
  std::string adoption_json() const;
  /// Always an answer: what could not be had is listed in it. `source`: "api", "cli", "cp", "runtime".
  std::string diagnostics_json(std::string_view request_id, std::string_view source = "api") const;
  /// For the operators' listener only: format 0.0.4.
  std::string prometheus() const;

  Posture posture() const;
  Lifecycle lifecycle() const;
  engine::Result<Reliability> reliability() const;
  /// Stores the traffic counters; once a minute, and at the end.
  engine::Result<void> keep_counters() const { return keeper_->save(); }

  /// Judges everything, keeps the state, and queues a message where it changed.
  engine::Result<MonitorRun> check_status();
  /// Queues a message for each delivery that was given up since the last call; gives how many.
  engine::Result<std::size_t> tell_of_dead_letters();
  Notifications& notifications() { return *notifications_; }
  NotificationLog& notification_log() { return *log_; }
  const StatusMonitor& monitor() const { return *monitor_; }

  const OperationsConfig& config() const { return config_; }
  const Redactor& redactor() const { return redact_; }

 private:
  Operations(OperationsRooms rooms, OperationsConfig config);
  engine::Result<void> open();
  engine::Result<MetricsInput> metrics_input() const;
  std::vector<trust::ManagedCredential> managed() const;
  engine::WallTime now() const { return engine::floor_seconds(rooms_.clock.wall_now()); }

  const OperationsRooms rooms_;
  const OperationsConfig config_;
  const Redactor redact_;
  std::unique_ptr<TrafficKeeper> keeper_;
  mutable StoreProbe probe_;
  mutable IncidentHistory history_;  // asking for incidents notes when they were first seen
  std::unique_ptr<NotificationLog> log_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<DeadLetterWatch> letters_watch_;
  std::unique_ptr<StatusMonitor> monitor_;
  std::mutex looking_at_letters_;
};

}  // namespace app::operations
