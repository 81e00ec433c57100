#pragma once
// The contract's series as Prometheus text (format 0.0.4). Pure.

#include <span>
#include <string>

#include "app/operations/metrics_report.h"

namespace app::operations {

/// One family a series, and one sample per signal for its severity (0 ok, 1 warn, 2 critical).
std::string prometheus_text(std::span<const Metric> metrics, const Reliability& reliability);

}  // namespace app::operations
