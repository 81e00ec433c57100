#pragma once
// The source that a configuration names.

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/config.h"
#include "connectors/doctor_check.h"
#include "connectors/log_retention.h"
#include "connectors/source.h"
#include "engine/base/clock.h"

namespace app {

/// Of [source], capturing `tables`; `name` stands in its positions. `clock` outlives it.
std::unique_ptr<connectors::Source> make_source(const Config& config, const std::string& name, const std::set<std::string>& tables, const engine::Clock& clock);
/// Is its server fit to be a source? `tables` are those the mapping reads. Blocking.
std::vector<connectors::DoctorCheck> examine_source(const Config& config, const std::set<std::string>& tables, const std::optional<feed::SourcePosition>& from);
/// Watches how much of its log the source keeps; nullptr where that cannot be asked (Kafka).
std::unique_ptr<connectors::RetentionWatch> make_retention_watch(const Config& config, engine::telemetry::IncidentSink& incidents);

}  // namespace app
