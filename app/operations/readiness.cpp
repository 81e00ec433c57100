#include "app/operations/readiness.h"

namespace app::operations {

Readiness evaluate_readiness(const ReadinessInput& input) {
  Readiness result;
  result.input = input;
  result.breakdown = {
      {"web-request", "Asked over HTTP", 20, input.over_http, false},
      {"database", "Store readable and source connected", 40, input.components.database, false},
      {"commerce", "Shop resources served", 40, input.commerce, true},
  };
  for (const auto& criterion : result.breakdown) {
    result.score += criterion.score();
    if (!criterion.passed && !criterion.optional) result.warnings.push_back("Not fulfilled: " + std::string(criterion.label) + ".");
  }
  return result;
}

}  // namespace app::operations
