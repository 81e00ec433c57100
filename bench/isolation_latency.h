#pragma once
#include "bench/harness.h"

namespace bench {

/// The 99th percentile of what lies between commit and healthy receiver, beside receivers that sleep, are slow or answer nonsense, and without those.
engine::Result<Report> isolation_latency(const Settings& settings);

}  // namespace bench
