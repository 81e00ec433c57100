#pragma once
// One thing a doctor looked at, and what mends it. What the sources' doctors share.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace connectors {

struct DoctorCheck {
  enum class State : std::uint8_t { kOk, kWarning, kFailed };
  std::string name;     ///< "binlog_format", stable, for machines
  State state = State::kOk;
  std::string message;  ///< one sentence for people: what was found, what is needed
  std::string fix_sql;  ///< the statements that mend it, to be run by an administrator; empty where none do
};

inline DoctorCheck check(std::string name, bool fine, std::string good, std::string bad, std::string fix) {
  if (fine) return {std::move(name), DoctorCheck::State::kOk, std::move(good), ""};
  return {std::move(name), DoctorCheck::State::kFailed, std::move(bad), std::move(fix)};
}

/// True where no check failed (warnings are no failure).
inline bool fit(const std::vector<DoctorCheck>& checks) {
  return std::none_of(checks.begin(), checks.end(), [](const DoctorCheck& check) { return check.state == DoctorCheck::State::kFailed; });
}

}  // namespace connectors
