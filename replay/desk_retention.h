#pragma once
// What the desk keeps comes to an end: dead letters that arrived after all, and attempts of endpoints that no longer trim their own.

#include <chrono>

#include "access/audit/audit_log.h"
#include "delivery/attempt_log.h"
#include "delivery/dead_letters.h"
#include "engine/base/clock.h"

namespace replay {

/// Dead letters that failed or wait are never erased: somebody has to decide about them.
class DeskRetention {
 public:
  struct Rooms {
    delivery::DeadLetters& letters;
    const delivery::AttemptLog& attempts;
    trust::AuditLog& audit;
    const engine::Clock& clock;
  };
  /// `keep_delivered`: how long a dead letter stays after it arrived; zero: for ever. All outlive it.
  DeskRetention(Rooms rooms, std::chrono::hours keep_delivered) : rooms_(rooms), keep_delivered_(keep_delivered) {}

  /// A bounded piece of the work: at most 2,000 letters, each 500 of them one write with an audit row that says how many, and the attempts of 200 endpoints; the
  /// next call goes on. Returns how many letters went. Blocking; one call at a time.
  engine::Result<std::uint64_t> sweep();

 private:
  Rooms rooms_;
  const std::chrono::hours keep_delivered_;
  std::string swept_;  // the last endpoint whose attempts were looked at
};

}  // namespace replay
