#pragma once
// The parts of the bundle, for bundle_json.cpp.

#include "app/operations/diagnostics.h"
#include "engine/base/json_writer.h"

namespace app::operations {

struct Checks {
  Check auth, readiness, smoke;
  std::size_t sum(std::size_t (*of)(const Check&)) const { return of(auth) + of(readiness) + of(smoke); }
  std::size_t failed() const {
    return sum([](const Check& check) -> std::size_t { return check.failed() ? 1 : 0; });
  }
  std::size_t errors() const {
    return sum([](const Check& check) { return check.errors.size(); });
  }
  std::size_t warnings() const {
    return sum([](const Check& check) { return check.warnings.size(); });
  }
  std::string_view status() const { return failed() ? "failed" : "ok"; }
};

void write_bundle_checks(engine::JsonWriter& json, const Checks& checks, const Diagnostics& bundle, const Runtime& runtime, const Redactor& redact);
void write_bundle_summary(engine::JsonWriter& json, const Checks& checks, const Diagnostics& bundle);
void write_bundle_snapshots(engine::JsonWriter& json, const Diagnostics& bundle, const Runtime& runtime, const CounterAges& ages, const Redactor& redact);

}  // namespace app::operations
