#include "connectors/postgres/wal_budget.h"

#include "connectors/postgres/slot.h"

namespace connectors {

using engine::telemetry::Severity;

namespace {
constexpr std::string_view kOverBudget = "source_wal_over_budget";
}

engine::Result<void> WalBudget::refresh() {
  auto connection = postgres::Connection::open(options_, stop_, postgres::Connection::Purpose::kQueries);
  if (!connection) return connection.take_error();
  auto slot = postgres::read_slot(**connection, options_.slot);
  if (!slot) return slot.take_error();
  LogRetention found;
  found.known = true;
  found.bytes = *slot ? (*slot)->retained_bytes : 0;
  const bool over = options_.wal_budget_bytes > 0 && *found.bytes > options_.wal_budget_bytes;
  engine::Result<void> acted;
  if (over) {
    const bool drop = options_.wal_policy == WalPolicy::kDropAndResnapshot;
    found.warning = "the server keeps " + std::to_string(*found.bytes >> 20) + " MB of WAL for slot " + options_.slot + ", " +
                    std::to_string(options_.wal_budget_bytes >> 20) + " MB are allowed" + (drop ? "; the slot is dropped and a new snapshot taken" : "");
    incidents_.report(kOverBudget, Severity::kCritical, found.warning);
    if (drop) acted = postgres::drop_slot(**connection, options_.slot, true);
  } else {
    incidents_.resolve(kOverBudget);
  }
  const std::lock_guard lock(mutex_);
  latest_ = std::move(found);
  return acted;
}

LogRetention WalBudget::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace connectors
