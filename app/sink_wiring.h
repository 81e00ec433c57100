#pragma once
// The sink of the running server: its thread, its cursor and its metrics.

#include <memory>
#include <thread>

#include "app/config.h"
#include "app/operations/sink_standing.h"
#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/sink_cursor.h"
#include "engine/telemetry/metrics.h"
#include "feed/record_log.h"

namespace app {

/// Threads: start() and stop() from the owner.
class RunningSink {
 public:
  /// nullptr where no sink is configured. References outlive it; metrics are registered here.
  static std::unique_ptr<RunningSink> make(const Config& config, engine::store::Store& store, feed::RecordLog& log, const engine::Clock& clock,
                                           engine::telemetry::IncidentSink& incidents, engine::telemetry::Registry& metrics);
  ~RunningSink() { stop(); }
  void start();
  /// Waits for what is in flight, half a second at most.
  void stop();
  feed::Offset oldest_needed() const { return sink_.oldest_needed(); }
  operations::SinkStanding standing() const;

 private:
  RunningSink(const Config& config, engine::store::Store& store, feed::RecordLog& log, const engine::Clock& clock, engine::telemetry::IncidentSink& incidents);
  const std::string topic_;
  connectors::SinkCursor cursor_;
  connectors::KafkaSink sink_;
  std::thread thread_;
};

}  // namespace app
