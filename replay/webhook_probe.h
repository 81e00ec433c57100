#pragma once
// The production probe: one signed delivery to the live URL because an operator asked (contract craft-agents-api 16.9, governance 6.4), of the contract's own
// endpoint or of one that operators made, with that endpoint's secrets and form.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "replay/kept_rows.h"
#include "replay/probe_run.h"
#include "replay/probing_rooms.h"

namespace replay {

struct ProbeSummary {
  std::size_t total = 0, delivered = 0, failed = 0;  ///< of the runs that are kept
  std::optional<engine::WallTime> last_attempt, last_delivered, last_failed;
  std::vector<ProbeRun> newest;
};

/// Endpoints are named; empty is the contract's own one. Each has its own cool-down and its own summary.
/// Threads: any. Blocking: summary() and wait(); run() goes through `blocking`.
class WebhookProbe {
 public:
  static constexpr std::chrono::seconds kCooldown{300};
  static constexpr std::size_t kShown = 12;
  static constexpr std::uint64_t kKept = 1000;

  static engine::Result<std::unique_ptr<WebhookProbe>> open(ProbingRooms rooms, std::string environment);

  /// Sends one and records it, with an audit row, whatever came of it: one row a run. Never a retry or a dead letter.
  /// kUnavailable: webhooks are not configured. kNotFound: there is no such endpoint. kConflict: a run is under way, of any endpoint; nothing may be sent there; or
  /// the last run there, of any outcome, is less than kCooldown ago; says how long to wait.
  engine::Task<engine::Result<ProbeRun>> run(TriggeredBy by, trust::Actor actor, std::string endpoint = {});
  engine::Result<ProbeSummary> summary(const std::string& endpoint = {}) const;
  /// What is left of the cool-down; zero: none.
  engine::Result<std::chrono::seconds> wait(const std::string& endpoint = {}) const;

 private:
  WebhookProbe(ProbingRooms rooms, std::string environment, KeptRows rows);
  engine::Result<Way> may_run(const std::string& endpoint) const;
  engine::Result<ProbeRun> record(ProbeRun run, const trust::Actor& actor);

  ProbingRooms rooms_;
  const std::string environment_;
  KeptRows rows_;  // written by the one run under way
  std::atomic<bool> running_{false};
};

}  // namespace replay
