#pragma once
// What is wrong now, one item a thing (contract craft-agents-governance 5.4). Pure.
//
// First the contract's items, one per signal that is not ok; then what the rooms report, as items of the same form. Redaction is strict: no
// payload, token, handle, address, URL or request id; so a room's own words and its subject stay in the log.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/operations/reliability.h"
#include "engine/telemetry/incidents.h"

namespace app::operations {

struct IncidentItem {
  std::string id;     ///< "inc_" and 16 hex digits; another severity is another incident
  std::string thing;  ///< what it is about, whatever its severity: the key of its first sighting; never shown
  Level severity = Level::kWarn;
  std::string_view category, source;
  std::string signal_id, title;
  std::string_view metric, unit, comparator, action;
  double value = 0, warn_threshold = 0, critical_threshold = 0;
  engine::WallTime first_seen{}, last_seen{};
};

/// Contract items first, then rooms'; critical first, then by id. first_seen is what the rooms say, else `now`.
std::vector<IncidentItem> incident_items(const Reliability& reliability, std::span<const engine::telemetry::Incident> rooms, engine::WallTime now);

/// First sightings by IncidentItem::thing.
using Sightings = std::map<std::string, engine::WallTime>;
/// The earlier of the two.
void date_back(std::vector<IncidentItem>& items, const Sightings& sightings);

struct IncidentQuery {
  std::optional<Level> severity{};  ///< nullopt: all
  std::size_t limit = 50;           ///< 1..200
};

struct IncidentsReport {
  engine::WallTime at{};
  Level status = Level::kOk;  ///< of everything, whatever the query asks
  IncidentQuery query;
  std::vector<IncidentItem> items;  ///< of this page
  std::size_t count(Level severity) const;
};

IncidentsReport report_incidents(std::vector<IncidentItem> items, const IncidentQuery& query, engine::WallTime now);

}  // namespace app::operations
