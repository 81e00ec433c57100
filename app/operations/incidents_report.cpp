#include "app/operations/incidents_report.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/text_codec.h"
#include "engine/crypto/digest.h"
#include "engine/net/validation.h"

namespace app::operations {

namespace {

using engine::telemetry::Incident;
using engine::telemetry::Severity;

constexpr std::string_view kRuntimeSource = "agents.runtime";
constexpr std::string_view kRoomSource = "millrace.rooms";

/// Contract 5.4.
std::string incident_id(std::string_view thing, Level severity, std::string_view metric) {
  const auto text = engine::net::ascii_lower(std::string(thing) + "|" + std::string(name(severity)) + "|" + std::string(metric));
  const auto digest = engine::crypto::sha1(text);
  return "inc_" + engine::to_hex({reinterpret_cast<const char*>(digest.data()), 8});
}

std::string_view category_of(std::string_view signal) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kCategories{{{"auth_failures", "auth"},
                                                                                             {"scope_denials", "authorization"},
                                                                                             {"rate_limit_denials", "rate_limit"},
                                                                                             {"server_errors_5xx", "server"},
                                                                                             {"queue_depth", "queue"},
                                                                                             {"webhook_dlq_failed", "webhook"},
                                                                                             {"consumer_lag_max_seconds", "sync"}}};
  for (const auto& [id, category] : kCategories) {
    if (id == signal) return category;
  }
  return "runtime";
}

struct RoomWords {
  std::string_view prefix, category, action;
};
RoomWords words_of(std::string_view code) {
  static constexpr std::array<RoomWords, 4> kWords{{
      {"source", "source", "See the log for what the source said; the feed goes on by itself once it answers."},
      {"snapshot", "source", "Nothing to do: a new snapshot is being compared with the log."},
      {"endpoint", "webhook", "Repair the receiver; deliveries are held and go on by themselves."},
      {"deliveries", "webhook", "Let the receiver read the feed again from its last checkpoint, and keep versions longer than it may be away."},
  }};
  for (const auto& words : kWords) {
    if (code.starts_with(words.prefix)) return words;
  }
  return {"", "runtime", "See the log for the details."};
}

/// "source_trouble" is "Source trouble".
std::string title_of(std::string_view code) {
  std::string title(code);
  std::replace(title.begin(), title.end(), '_', ' ');
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = static_cast<char>(title[0] - 'a' + 'A');
  return title;
}

IncidentItem item_of(const Signal& signal, engine::WallTime now) {
  IncidentItem item;
  item.id = incident_id(signal.id, signal.severity, signal.metric);
  item.thing = signal.id;
  item.severity = signal.severity;
  item.category = category_of(signal.id);
  item.source = kRuntimeSource;
  item.signal_id = signal.id;
  item.title = signal.label;
  item.metric = signal.metric;
  item.unit = signal.unit;
  item.comparator = signal.comparator;
  item.action = signal.response;
  item.value = signal.value;
  item.warn_threshold = signal.warn_threshold;
  item.critical_threshold = signal.critical_threshold;
  item.first_seen = item.last_seen = now;
  return item;
}

IncidentItem item_of(const Incident& incident) {
  constexpr std::string_view kMetric = "millrace_open_incidents";
  const auto code = std::string_view(incident.code).substr(0, incident.code.find(':'));  // behind the colon stands a subject, which is not shown
  const auto words = words_of(code);
  IncidentItem item;
  item.severity = incident.severity == Severity::kCritical ? Level::kCritical : Level::kWarn;
  item.thing = "room:" + incident.code;
  item.id = incident_id(item.thing, item.severity, kMetric);
  item.category = words.category;
  item.source = kRoomSource;
  item.signal_id = code;
  item.title = title_of(code);
  item.metric = kMetric;
  item.unit = "reports";
  item.comparator = ">=";
  item.action = words.action;
  item.value = static_cast<double>(incident.reports);
  item.warn_threshold = item.critical_threshold = 1;
  item.first_seen = incident.opened;
  item.last_seen = incident.last_reported;
  return item;
}

}  // namespace

std::vector<IncidentItem> incident_items(const Reliability& reliability, std::span<const Incident> rooms, engine::WallTime now) {
  std::vector<IncidentItem> items;
  const auto before = [](const IncidentItem& a, const IncidentItem& b) { return a.severity != b.severity ? a.severity > b.severity : a.id < b.id; };
  for (const auto& signal : reliability.signals) {
    if (signal.severity != Level::kOk) items.push_back(item_of(signal, now));
  }
  const auto contract_items = static_cast<std::ptrdiff_t>(items.size());
  for (const auto& incident : rooms) {
    if (incident.severity != Severity::kInfo) items.push_back(item_of(incident));
  }
  std::sort(items.begin(), items.begin() + contract_items, before);
  std::sort(items.begin() + contract_items, items.end(), before);
  return items;
}

void date_back(std::vector<IncidentItem>& items, const Sightings& sightings) {
  for (auto& item : items) {
    if (const auto seen = sightings.find(item.thing); seen != sightings.end()) item.first_seen = std::min(item.first_seen, seen->second);
  }
}

std::size_t IncidentsReport::count(Level severity) const {
  return static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [severity](const IncidentItem& item) { return item.severity == severity; }));
}

IncidentsReport report_incidents(std::vector<IncidentItem> items, const IncidentQuery& query, engine::WallTime now) {
  IncidentsReport report;
  report.at = now;
  report.query = query;
  for (const auto& item : items) report.status = std::max(report.status, item.severity);
  if (query.severity) std::erase_if(items, [&query](const IncidentItem& item) { return item.severity != *query.severity; });
  if (items.size() > query.limit) items.resize(query.limit);
  report.items = std::move(items);
  return report;
}

}  // namespace app::operations
