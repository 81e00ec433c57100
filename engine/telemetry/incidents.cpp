#include "engine/telemetry/incidents.h"

#include <algorithm>

#include "engine/telemetry/log.h"

namespace engine::telemetry {
namespace {

Level level_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return Level::kInfo;
    case Severity::kWarning: return Level::kWarn;
    case Severity::kCritical: break;
  }
  return Level::kError;
}

bool less_urgent(const Incident& a, const Incident& b) {
  return a.severity != b.severity ? a.severity < b.severity : a.opened < b.opened;
}

}  // namespace

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::kInfo: return "info";
    case Severity::kWarning: return "warning";
    case Severity::kCritical: break;
  }
  return "critical";
}

OpenIncidents::OpenIncidents(const Clock& clock, std::size_t capacity) : clock_(clock), capacity_(capacity) {}

void OpenIncidents::report(std::string_view code, Severity severity, std::string_view detail) {
  const auto now = clock_.wall_now();
  std::lock_guard lock(mutex_);
  auto known = open_.find(code);
  const bool news = known == open_.end() || severity > known->second.severity;
  if (news) log_event(level_of(severity), "incident_opened", {{"code", code}, {"severity", name(severity)}, {"detail", detail}});
  if (known == open_.end()) {
    if (open_.size() >= capacity_ && !make_room(severity)) {
      ++refused_;
      return;
    }
    known = open_.emplace(code, Incident{std::string(code), severity, {}, now, now, 0}).first;
  }
  auto& incident = known->second;
  incident.severity = severity;
  incident.detail = detail;
  incident.last_reported = now;
  ++incident.reports;
}

bool OpenIncidents::make_room(Severity severity) {
  const auto least = std::min_element(open_.begin(), open_.end(), [](const auto& a, const auto& b) { return less_urgent(a.second, b.second); });
  if (least == open_.end() || least->second.severity >= severity) return false;
  open_.erase(least);
  return true;
}

void OpenIncidents::resolve(std::string_view code) {
  std::lock_guard lock(mutex_);
  const auto known = open_.find(code);
  if (known == open_.end()) return;
  log_event(Level::kInfo, "incident_resolved", {{"code", code}});
  open_.erase(known);
}

std::vector<Incident> OpenIncidents::open() const {
  std::lock_guard lock(mutex_);
  std::vector<Incident> list;
  for (const auto& [code, incident] : open_) list.push_back(incident);
  std::stable_sort(list.begin(), list.end(), [](const Incident& a, const Incident& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.opened < b.opened;
  });
  return list;
}

std::uint64_t OpenIncidents::refused() const {
  std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace engine::telemetry
