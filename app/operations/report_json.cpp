#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

void text_or_null(JsonWriter& json, const std::optional<std::string>& text) { text ? json.string(*text) : json.null(); }
void number_or_null(JsonWriter& json, std::optional<std::int64_t> number) { number ? json.number(*number) : json.null(); }
void time_or_null(JsonWriter& json, std::optional<engine::WallTime> time) { time ? json.string(engine::rfc3339(*time)) : json.null(); }

void write_texts(JsonWriter& json, std::span<const std::string> texts) {
  json.begin_array();
  for (const auto& text : texts) json.string(text);
  json.end_array();
}

void write_signals(JsonWriter& json, std::span<const Signal> signals) {
  json.begin_array();
  for (const auto& signal : signals) {
    json.begin_object();
    json.key("id").string(signal.id);
    json.key("label").string(signal.label);
    json.key("metric").string(signal.metric);
    json.key("unit").string(signal.unit);
    json.key("value").real(signal.value);
    json.key("warnThreshold").real(signal.warn_threshold);
    json.key("criticalThreshold").real(signal.critical_threshold);
    json.key("comparator").string(signal.comparator);
    json.key("severity").string(name(signal.severity));
    json.key("overflowRatio").real(signal.overflow_ratio);
    json.key("primaryResponse").string(signal.response);
    json.end_object();
  }
  json.end_array();
}

void write_reliability(JsonWriter& json, const Reliability& reliability) {
  json.begin_object();
  json.key("status").string(name(reliability.status));
  json.key("thresholdsVersion").string("reliability-thresholds-v1");
  json.key("generatedAt").string(engine::rfc3339(reliability.at));
  json.key("summary").begin_object();
  json.key("signalsEvaluated").number_u64(reliability.signals.size());
  json.key("signalsWarn").number_u64(reliability.count(Level::kWarn));
  json.key("signalsCritical").number_u64(reliability.count(Level::kCritical));
  json.key("signalsOk").number_u64(reliability.count(Level::kOk));
  json.end_object();
  json.key("topSignals");
  write_signals(json, reliability.top());
  json.key("signals");
  write_signals(json, reliability.signals);
  json.end_object();
}

void write_metrics(JsonWriter& json, std::span<const Metric> metrics, const Reliability& reliability, const CounterAges& ages) {
  json.begin_object();
  json.key("service").string(kServiceName);
  json.key("generatedAt").string(engine::rfc3339(reliability.at));
  json.key("format").string("json-metric-series");
  json.key("metrics").begin_array();
  for (const auto& metric : metrics) {
    json.begin_object();
    json.key("name").string(metric.name);
    json.key("type").string(metric.type);
    json.key("value").number_u64(metric.value);
    json.key("unit").string(metric.unit);
    json.key("description").string(metric.description);
    json.key("labels").begin_array().end_array();
    json.end_object();
  }
  json.end_array();
  json.key("reliability");
  write_reliability(json, reliability);
  json.key("meta").begin_object();
  json.key("counterBackend").string("store");
  json.key("counterResetBehavior").string("cleared-by-operator");
  json.key("countingSince").string(engine::rfc3339(ages.counting_since));
  json.key("processStartedAt").string(engine::rfc3339(ages.started));
  json.end_object();
  json.end_object();
}

namespace {

void write_incident(JsonWriter& json, const IncidentItem& item) {
  json.begin_object();
  json.key("incidentId").string(item.id);
  json.key("severity").string(name(item.severity));
  json.key("category").string(item.category);
  json.key("signalId").string(item.signal_id);
  json.key("title").string(item.title);
  json.key("metricName").string(item.metric);
  json.key("currentValue").real(item.value);
  json.key("warnThreshold").real(item.warn_threshold);
  json.key("criticalThreshold").real(item.critical_threshold);
  json.key("unit").string(item.unit);
  json.key("comparator").string(item.comparator);
  json.key("recommendedAction").string(item.action);
  json.key("source").string(item.source);
  json.key("firstSeenAt").string(engine::rfc3339(item.first_seen));
  json.key("lastSeenAt").string(engine::rfc3339(item.last_seen));
  json.key("redaction").string("strict");
  json.end_object();
}

}  // namespace

void write_incidents(JsonWriter& json, const IncidentsReport& report) {
  json.begin_object();
  json.key("service").string(kServiceName);
  json.key("type").string("incidents.snapshot");
  json.key("generatedAt").string(engine::rfc3339(report.at));
  json.key("status").string(name(report.status));
  json.key("data").begin_array();
  for (const auto& item : report.items) write_incident(json, item);
  json.end_array();
  json.key("meta").begin_object();
  json.key("count").number_u64(report.items.size());
  json.key("limit").number_u64(report.query.limit);
  json.key("filters").begin_object();
  json.key("severity").string(report.query.severity ? name(*report.query.severity) : "all");
  json.end_object();
  json.key("severityCounts").begin_object();
  json.key("critical").number_u64(report.count(Level::kCritical));
  json.key("warn").number_u64(report.count(Level::kWarn));
  json.end_object();
  json.key("source").string("agents.runtime");
  json.key("redaction").string("strict");
  json.end_object();
  json.end_object();
}

void write_adoption(JsonWriter& json, const Adoption& adoption) {
  const auto window = [&](std::string_view name, std::uint64_t active) {
    json.key(name).begin_object();
    json.key("activeCredentials").number_u64(active);
    json.key("inactiveCredentials").number_u64(adoption.managed - active);
    json.end_object();
  };
  json.begin_object();
  json.key("generatedAt").string(engine::rfc3339(adoption.at));
  json.key("funnel").begin_object();
  json.key("configuredCredentials").number_u64(adoption.configured);
  json.key("managedCredentialsTotal").number_u64(adoption.managed);
  json.key("managedCredentialsUsedAtLeastOnce").number_u64(adoption.used);
  json.key("managedCredentialsUnused").number_u64(adoption.managed - adoption.used);
  json.end_object();
  json.key("timeToFirstSuccess").begin_object();
  json.key("sampleSize").number_u64(adoption.samples);
  json.key("medianSeconds");
  number_or_null(json, adoption.median_seconds);
  json.key("p90Seconds");
  number_or_null(json, adoption.p90_seconds);
  json.end_object();
  json.key("usage").begin_object();
  window("windowDays7", adoption.active_7_days);
  window("windowDays30", adoption.active_30_days);
  json.end_object();
  json.end_object();
}

}  // namespace app::operations
