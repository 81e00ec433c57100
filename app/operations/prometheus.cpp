#include "app/operations/prometheus.h"

namespace app::operations {

namespace {

void begin_family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

}  // namespace

std::string prometheus_text(std::span<const Metric> metrics, const Reliability& reliability) {
  std::string out;
  for (const auto& metric : metrics) {
    begin_family(out, metric.name, metric.type, metric.description);
    out.append(metric.name).append(" ").append(std::to_string(metric.value)).append("\n");
  }
  constexpr std::string_view kSeverity = "agents_reliability_signal_severity";
  begin_family(out, kSeverity, "gauge", "How bad each reliability signal is: 0 ok, 1 warn, 2 critical.");
  for (const auto& signal : reliability.signals) {
    out.append(kSeverity).append("{signal=\"").append(signal.id).append("\"} ").append(std::to_string(static_cast<int>(signal.severity))).append("\n");
  }
  return out;
}

}  // namespace app::operations
