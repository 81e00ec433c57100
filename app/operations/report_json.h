#pragma once
// The reports as the contract's JSON. Each function writes one whole object, but those that end in _members: they write into an open one. Pure.

#include <span>

#include "app/operations/adoption.h"
#include "app/operations/incidents_report.h"
#include "app/operations/lifecycle.h"
#include "app/operations/metrics_report.h"
#include "app/operations/readiness.h"
#include "app/operations/redaction.h"
#include "app/operations/runtime.h"
#include "app/operations/security_posture.h"
#include "engine/base/json_writer.h"

namespace app::operations {

void text_or_null(engine::JsonWriter& json, const std::optional<std::string>& text);
void number_or_null(engine::JsonWriter& json, std::optional<std::int64_t> number);
void time_or_null(engine::JsonWriter& json, std::optional<engine::WallTime> time);
void write_texts(engine::JsonWriter& json, std::span<const std::string> texts);

/// "environment" to "effectivePolicyVersion", which stand in many reports; `fields`: with the names of the settings that came from the profile.
void write_profile_members(engine::JsonWriter& json, const trust::GateSettings& settings, bool fields);
/// What /health and /readiness have in common, from "status" to "systemComponents".
void write_health_members(engine::JsonWriter& json, const Readiness& readiness, std::string_view version, const trust::GateSettings& settings,
                          engine::WallTime now);
/// The answer of /readiness.
void write_readiness(engine::JsonWriter& json, const Readiness& readiness, const Runtime& runtime, engine::WallTime now);
/// With breakdown and component checks, for the bundle and the command line.
void write_readiness_details(engine::JsonWriter& json, const Readiness& readiness, const Runtime& runtime, engine::WallTime now);

void write_reliability(engine::JsonWriter& json, const Reliability& reliability);
void write_signals(engine::JsonWriter& json, std::span<const Signal> signals);

void write_metrics(engine::JsonWriter& json, std::span<const Metric> metrics, const Reliability& reliability, const CounterAges& ages);
void write_incidents(engine::JsonWriter& json, const IncidentsReport& report);
/// `redact`: for owners and texts that may hold addresses; nullptr: as they are, for who holds the scope.
void write_lifecycle(engine::JsonWriter& json, const Lifecycle& lifecycle, const Runtime& runtime, const Redactor* redact);
void write_lifecycle_rows(engine::JsonWriter& json, std::span<const LifecycleRow* const> rows, const Redactor* redact);
void write_adoption(engine::JsonWriter& json, const Adoption& adoption);
void write_posture(engine::JsonWriter& json, const Posture& posture, const Runtime& runtime);

}  // namespace app::operations
