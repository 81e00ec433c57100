#include "app/sink_wiring.h"

namespace app {

RunningSink::RunningSink(const Config& config, engine::store::Store& store, feed::RecordLog& log, const engine::Clock& clock, engine::telemetry::IncidentSink& incidents)
    : topic_(config.sink.topic),
      cursor_(store, "kafka:" + config.sink.topic, log.log_id()),
      sink_(config.sink, log, {[this] { return cursor_.load(); }, [this](feed::Offset next) { return cursor_.save(next); }}, clock, incidents) {
  log.on_append([this](feed::Offset) { sink_.wake(); });
}

std::unique_ptr<RunningSink> RunningSink::make(const Config& config, engine::store::Store& store, feed::RecordLog& log, const engine::Clock& clock,
                                               engine::telemetry::IncidentSink& incidents, engine::telemetry::Registry& metrics) {
  if (!config.sink.configured()) return nullptr;
  std::unique_ptr<RunningSink> made(new RunningSink(config, store, log, clock, incidents));
  const auto& sink = made->sink_;
  metrics.gauge_function("millrace_sink_lag_changes", "Changes not yet acknowledged by the sink's brokers.", {}, [&sink] { return static_cast<double>(sink.stats().lag); });
  metrics.gauge_function("millrace_sink_oldest_age_seconds", "Age of the oldest change that the sink's brokers have not acknowledged.", {},
                         [&sink] { return static_cast<double>(sink.stats().oldest_age.count()) / 1e6; });
  metrics.gauge_function("millrace_sink_in_flight", "Records sent to the sink and not acknowledged.", {}, [&sink] { return static_cast<double>(sink.stats().in_flight); });
  metrics.gauge_function("millrace_sink_connected", "1 where the sink takes records.", {}, [&sink] { return sink.stats().connected ? 1.0 : 0.0; });
  metrics.counter_function("millrace_sink_published_total", "Records the sink has acknowledged since start.", {}, [&sink] { return static_cast<double>(sink.stats().published); });
  metrics.counter_function("millrace_sink_failures_total", "Times the sink began again from its cursor since start.", {}, [&sink] { return static_cast<double>(sink.stats().failures); });
  return made;
}

operations::SinkStanding RunningSink::standing() const {
  auto stats = sink_.stats();
  return {topic_, stats.lag, std::chrono::duration_cast<std::chrono::seconds>(stats.oldest_age), std::move(stats.last_error)};
}

void RunningSink::start() {
  thread_ = std::thread([this] { sink_.run(); });
}

void RunningSink::stop() {
  sink_.stop();
  if (thread_.joinable()) thread_.join();
}

}  // namespace app
