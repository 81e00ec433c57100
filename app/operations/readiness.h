#pragma once
// Can this process do its work? A score of weighted criteria (contract craft-agents-governance 5.1). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace app::operations {

/// What the probes found; the same facts stand in /health.
struct Components {
  bool database = false;  ///< the store answers a read, and the source is connected
  bool cache = false;     ///< the store takes a write and gives it back
  bool users = false;     ///< the directory of credentials is there
};

struct ReadinessInput {
  bool over_http = true;  ///< asked by a request, not by the command line
  Components components;
  bool commerce = false;
};

struct Criterion {
  std::string_view id, label;
  int weight = 0;
  bool passed = false;
  bool optional = false;
  int score() const { return passed ? weight : 0; }
};

struct Readiness {
  static constexpr int kReady = 50;
  ReadinessInput input;
  std::vector<Criterion> breakdown;
  int score = 0;                      ///< 0..100
  std::vector<std::string> warnings;  ///< one per criterion that failed and is not optional
  bool ready() const { return score >= kReady; }
  std::string_view status() const { return ready() ? "ready" : "limited"; }
};

Readiness evaluate_readiness(const ReadinessInput& input);

}  // namespace app::operations
