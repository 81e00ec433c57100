#pragma once
// How much there is of everything the control plane keeps (contract craft-agents-governance 4.10, 5.2).

#include <cstdint>

namespace trust {

struct ControlCounts {
  std::uint64_t policies = 0;
  std::uint64_t approvals_pending = 0;
  std::uint64_t approvals_expired = 0;
  std::uint64_t executions_blocked = 0;
  std::uint64_t executions_succeeded = 0;
};

}  // namespace trust
