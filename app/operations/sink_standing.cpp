#include "app/operations/sink_standing.h"

namespace app::operations {

std::optional<std::string> sink_warning(const SinkStanding& sink, const LagThresholds& thresholds) {
  if (sink.lag == 0 || (sink.trouble.empty() && sink.oldest_age.count() <= thresholds.warn)) return std::nullopt;
  auto text = "Not fulfilled: topic " + sink.topic + " is " + std::to_string(sink.lag) + " changes behind, the oldest for " + std::to_string(sink.oldest_age.count()) + " s";
  if (!sink.trouble.empty()) text += ": " + sink.trouble;
  return text + ".";
}

}  // namespace app::operations
