#include "app/operations/room_metrics.h"

#include <unistd.h>

#include <fstream>

#include "delivery/dispatcher.h"

namespace app::operations {

namespace {

using engine::telemetry::Registry;

/// Registers members of what one function answers.
template <class Facts>
class Family {
 public:
  Family(Registry& registry, std::function<Facts()> read) : registry_(registry), read_(std::move(read)) {}
  template <class Value>
  void gauge(const std::string& name, const std::string& help, Value value, engine::telemetry::Labels labels = {}) {
    if (read_) registry_.gauge_function(name, help, std::move(labels), [read = read_, value] { return static_cast<double>(value(read())); });
  }
  template <class Value>
  void counter(const std::string& name, const std::string& help, Value value, engine::telemetry::Labels labels = {}) {
    if (read_) registry_.counter_function(name, help, std::move(labels), [read = read_, value] { return static_cast<double>(value(read())); });
  }

 private:
  Registry& registry_;
  std::function<Facts()> read_;
};

void register_log(Registry& registry, std::function<LogFacts()> read) {
  Family<LogFacts> log(registry, std::move(read));
  log.gauge("millrace_log_bytes", "Bytes of the store on disk, approximately.", [](const LogFacts& facts) { return facts.bytes; });
  log.gauge("millrace_log_first_offset", "The oldest offset that can still be read.", [](const LogFacts& facts) { return facts.first_offset; });
  log.gauge("millrace_log_high_watermark", "One past the newest offset.", [](const LogFacts& facts) { return facts.high_watermark; });
}

void register_source(Registry& registry, std::function<SourceMetrics()> read, std::function<SourceRetention()> read_retention) {
  Family<SourceMetrics> source(registry, std::move(read));
  source.gauge("millrace_source_connected", "1 while the source is connected.", [](const SourceMetrics& facts) { return facts.connected; });
  source.gauge("millrace_source_serving", "1 once the first snapshot is in the log.", [](const SourceMetrics& facts) { return facts.serving; });
  source.gauge("millrace_source_position", "Transactions of the source that are stored.", [](const SourceMetrics& facts) { return facts.position; });
  source.gauge("millrace_source_last_commit_timestamp_seconds", "When the newest stored transaction was committed.",
               [](const SourceMetrics& facts) { return facts.last_commit_seconds; });
  source.counter("millrace_source_changes_total", "Changes appended since start.", [](const SourceMetrics& facts) { return facts.changes; });
  source.counter("millrace_source_sessions_total", "Connections made to the source since start.", [](const SourceMetrics& facts) { return facts.sessions; });
  Family<SourceRetention> retention(registry, std::move(read_retention));
  retention.gauge("millrace_source_retention_known", "1 where the source says how long it keeps its change history.",
                  [](const SourceRetention& facts) { return facts.known; });
  retention.gauge("millrace_source_retention_seconds", "How long the source keeps its change history; 0: no limit by age.",
                  [](const SourceRetention& facts) { return facts.seconds; });
  retention.gauge("millrace_source_retention_bytes", "Change history the source holds now.", [](const SourceRetention& facts) { return facts.bytes; });
}

// One look a rendering: with thousands of endpoints the sum of all is not made for each number again.
void tell_delivery(engine::telemetry::Samples& samples, const delivery::DispatcherStats& stats) {
  const auto gauge = [&samples](const char* name, const char* help, auto value) { samples.gauge(name, help, {}, static_cast<double>(value)); };
  const auto counter = [&samples](const char* name, const char* help, std::uint64_t value, const engine::telemetry::Labels& labels = {}) {
    samples.counter(name, help, labels, static_cast<double>(value));
  };
  gauge("millrace_delivery_lag_changes", "Changes between the endpoint's cursor and the high watermark.", stats.lag);
  gauge("millrace_delivery_oldest_age_seconds", "Age of the oldest delivery that is owed.", double(stats.oldest_age.count()) / 1e6);
  gauge("millrace_delivery_in_flight", "Attempts under way.", stats.in_flight);
  gauge("millrace_delivery_parked", "Deliveries that wait for a retry, or behind one.", stats.parked);
  gauge("millrace_delivery_replays_waiting", "Replays that were asked for and not sent yet.", stats.replays_waiting);
  gauge("millrace_delivery_circuit_open", "1 while the endpoint is held to be down.", stats.breaker != delivery::Breaker::State::kClosed);
  const auto outcome = [&](const char* which, std::uint64_t attempts) {
    counter("millrace_delivery_attempts_total", "Attempts by outcome, since start.", attempts, {{"outcome", which}});
  };
  outcome("delivered", stats.delivered);
  outcome("refused", stats.refused);
  outcome("timed_out", stats.timed_out);
  outcome("unreachable", stats.unreachable);
  counter("millrace_delivery_dead_letters_total", "Deliveries given up, since start.", stats.dead_letters);
  counter("millrace_delivery_skipped_total", "Changes nobody is to be told of, since start.", stats.skipped);
  counter("millrace_delivery_storage_errors_total", "Reads and writes that failed and were tried again.", stats.storage_errors);
}

void register_traffic(Registry& registry, std::function<trust::TrafficCounts()> read, const std::string& dialect) {
  Family<trust::TrafficCounts> traffic(registry, std::move(read));
  using trust::TrafficEvent;
  const auto event = [&](const char* which, TrafficEvent of) {
    traffic.counter("millrace_http_requests_total", "What became of requests: seen, refused for their token, scope or rate, or failed.",
                    [of](const trust::TrafficCounts& counts) { return counts[of]; }, {{"dialect", dialect}, {"event", which}});
  };
  event("request", TrafficEvent::kRequest);
  event("unauthorized", TrafficEvent::kAuthFailure);
  event("forbidden", TrafficEvent::kForbidden);
  event("rate_limited", TrafficEvent::kRateLimited);
  event("server_error", TrafficEvent::kServerError);
}

}  // namespace

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t total = 0, resident = 0;
  return statm >> total >> resident ? resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

void register_room_metrics(Registry& registry, RoomReaders readers, const std::string& dialect) {
  const auto count = [&registry](const std::string& name, const std::string& help, std::function<std::size_t()> read) {
    if (read) registry.gauge_function(name, help, {}, [read = std::move(read)] { return static_cast<double>(read()); });
  };
  register_log(registry, std::move(readers.log));
  register_source(registry, std::move(readers.source), std::move(readers.source_retention));
  if (readers.delivery) registry.collect([read = std::move(readers.delivery)](engine::telemetry::Samples& samples) { tell_delivery(samples, read()); });
  register_traffic(registry, std::move(readers.traffic), dialect);
  count("millrace_live_readers", "Waits and streams of the feed.", std::move(readers.live_readers));
  count("millrace_http_connections", "Open connections.", std::move(readers.connections));
  count("millrace_open_incidents", "What a person has to know or do something about.", std::move(readers.open_incidents));
  count("millrace_audit_rows", "Rows of the audit log.", std::move(readers.audit_rows));
  count("millrace_resident_memory_bytes", "Memory this process holds.", resident_bytes);
}

}  // namespace app::operations
