#pragma once
// The append-only record of every decision that matters (contract craft-agents-governance 4.10, issue: hash-chained, in the same database).

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit/audit_row.h"
#include "access/vault.h"
#include "engine/base/clock.h"
#include "engine/base/result.h"
#include "engine/store/store.h"

namespace trust {

struct AuditFilter {
  std::string category{};  ///< exactly; empty: all
  std::string actor_id{};
  std::string entity_type{};
  std::string entity_id{};
  AuditId before{};        ///< only rows with a smaller id; zero: from the newest
};

/// What verify() found.
struct AuditVerdict {
  std::uint64_t rows = 0;          ///< that were read
  std::optional<AuditId> broken;   ///< the first row that does not continue the chain
  std::string problem{};           ///< why; empty: the chain holds
  engine::crypto::Mac256 head{};   ///< the newest good row's mac: keep it elsewhere, and a log cut short shows against it
  bool holds() const { return problem.empty(); }
};

/// Threads: any; rows are written one at a time. Blocking: every method but count().
class AuditLog {
 public:
  /// The chain's key is the vault's "audit". Reads the newest row to go on from it. kMalformed: that row is damaged.
  static engine::Result<std::unique_ptr<AuditLog>> open(engine::store::Store& store, Vault& vault, const engine::Clock& clock);

  /// Durable on return.
  engine::Result<AuditRow> append(AuditEvent event);
  /// Writes `batch` (somebody's change) and the rows together, synced: both or neither.
  engine::Result<AuditRow> commit(engine::store::Batch& batch, AuditEvent event);

  /// Newest first, at most `limit`.
  engine::Result<std::vector<AuditRow>> list(const AuditFilter& filter, std::size_t limit) const;
  /// Oldest first, from `from` on, until `take` says no.
  engine::Result<void> read(AuditId from, const std::function<bool(const AuditRow&)>& take) const;
  /// Reads everything and checks the chain. Fails only where the store cannot be read.
  engine::Result<AuditVerdict> verify() const;
  /// Never blocks.
  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  AuditLog(engine::store::Store& store, engine::Secret key, const engine::Clock& clock);

  engine::store::Store& store_;
  engine::store::Family rows_;
  engine::Secret key_;
  const engine::Clock& clock_;
  mutable std::mutex appending_;  // the chain has one end
  engine::crypto::HmacSha256 chain_;
  engine::crypto::Mac256 head_{};
  std::atomic<std::uint64_t> count_ = 0;
};

}  // namespace trust
