#pragma once
// One word for everything an operator watches, and why (contract craft-agents-governance 6.5). Pure.

#include <string>
#include <vector>

#include "app/operations/diagnostics.h"

namespace app::operations {

struct SystemStatus {
  static constexpr std::size_t kLifecycleIssues = 3;
  engine::WallTime at{};
  Level status = Level::kOk;  ///< the worst of the three
  Level auth_status = Level::kOk;
  Check auth;
  Reliability reliability;
  Lifecycle lifecycle;
  std::vector<std::string> issues;  ///< each once: of the door, of the signals, of credentials
};

SystemStatus evaluate_system(Check auth, Reliability reliability, Lifecycle lifecycle);
/// Has what changed to be told? A first look that finds nothing wrong has not.
bool is_worth_telling(std::optional<Level> before, Level now);

/// {"generatedAt":…,"status":…,"auth":…,"reliability":…,"lifecycle":…,"issues":[…]}
std::string system_json(const SystemStatus& system, const Redactor& redact);

}  // namespace app::operations
