#pragma once
// Everything an operator sends along when asking for help (contract craft-agents-governance 5.7): three checks over the other reports, and what they stand on.
// Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/operations/lifecycle.h"
#include "app/operations/metrics_report.h"
#include "app/operations/readiness.h"
#include "app/operations/redaction.h"
#include "app/operations/runtime.h"
#include "app/operations/security_posture.h"
#include "delivery/dead_letters.h"

namespace app::operations {

/// What reading one resource as a client would gave.
struct SmokePart {
  std::uint64_t count = 0;
  std::vector<std::string> errors;
};
struct SmokeFacts {
  SmokePart sections, entries, products, orders;  ///< the shop's two are looked at where it is on
};

struct Check {
  std::string_view name;
  std::vector<std::string> errors, warnings;  ///< each once, sorted
  bool failed() const { return !errors.empty(); }
};
Check auth_check(const Posture& posture, const trust::GateSettings& settings);
Check readiness_check(const Readiness& readiness);
Check smoke_check(const SmokeFacts& facts, const Readiness& readiness);

/// A part that could not be had; `message` is scrubbed when it is written.
struct CollectionError {
  std::string_view section;
  std::string message;
};

struct Diagnostics {
  static constexpr std::size_t kLetters = 100, kLettersShown = 50, kLagRows = 200;
  engine::WallTime at{};
  std::string_view source = "api";  ///< "api", "cli", "cp", "runtime"
  std::string request_id;
  Posture posture;
  Readiness readiness;
  SmokeFacts smoke;
  std::vector<feed::Checkpoint> checkpoints;  ///< longest lag first, at most kLagRows
  std::vector<delivery::DeadLetter> letters;  ///< newest first, at most kLetters
  MetricsInput metrics;
  Reliability reliability;
  Lifecycle lifecycle;
  std::vector<CollectionError> errors;
};

/// The whole bundle as a JSON object. Free text goes through `redact`; metadata of checkpoints, payloads and owners that are addresses are left out.
std::string bundle_json(const Diagnostics& bundle, const Runtime& runtime, const CounterAges& ages, const Redactor& redact);

}  // namespace app::operations
