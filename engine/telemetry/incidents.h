#pragma once
// What a person has to know or do something about. Rooms report; operations show.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"

namespace engine::telemetry {

enum class Severity { kInfo, kWarning, kCritical };
/// "info", "warning", "critical".
std::string_view name(Severity severity);

/// Threads: any. Blocking: never for long (a lock, a line in the log).
class IncidentSink {
 public:
  virtual ~IncidentSink() = default;
  /// Opens the incident `code` ("source_stopped"; with a subject "endpoint_down:shop"), or renews an open one: severity and detail are
  /// replaced, its start stays. `detail` names what happened and the fix; no secrets.
  virtual void report(std::string_view code, Severity severity, std::string_view detail) = 0;
  /// Closes it; nothing happens where it is not open.
  virtual void resolve(std::string_view code) = 0;
};

struct Incident {
  std::string code;
  Severity severity = Severity::kInfo;
  std::string detail;
  WallTime opened{};
  WallTime last_reported{};
  std::uint64_t reports = 0;
};

/// Keeps the open incidents in memory and logs each opening, worsening and closing.
/// Full: a new incident takes the place of the oldest less severe one; where there is none it is counted in refused() and logged only.
class OpenIncidents final : public IncidentSink {
 public:
  explicit OpenIncidents(const Clock& clock, std::size_t capacity = 256);
  void report(std::string_view code, Severity severity, std::string_view detail) override;
  void resolve(std::string_view code) override;
  /// The most severe first, then the oldest.
  std::vector<Incident> open() const;
  std::uint64_t refused() const;

 private:
  bool make_room(Severity severity);

  const Clock& clock_;
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::map<std::string, Incident, std::less<>> open_;
  std::uint64_t refused_ = 0;
};

}  // namespace engine::telemetry
