#pragma once
// What holds for the whole process and stands in several reports.

#include <string>
#include <string_view>

#include "access/gate/settings.h"

namespace app::operations {

/// "env" where the profile was set, "inferred" where it follows from the environment.
inline std::string_view profile_source(const trust::GateSettings& settings) { return settings.profile_inferred ? "inferred" : "env"; }

struct Runtime {
  std::string version;
  trust::GateSettings settings;
  bool switch_set = false;  ///< somebody said whether the service is on; else it is by default
};

inline constexpr std::string_view kServiceName = "agents";
inline constexpr std::string_view kPolicyVersion = "env-profile-v1";

}  // namespace app::operations
