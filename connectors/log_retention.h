#pragma once
// How much of its log a source's server keeps: what the watches of all sources tell.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace connectors {

struct LogRetention {
  bool known = false;                  ///< the server has said so at least once
  std::chrono::seconds age{0};         ///< what is older is dropped; zero: nothing is dropped by age
  std::optional<std::uint64_t> bytes;  ///< that it keeps now (PostgreSQL: for our slot); nullopt: it does not say
  std::string warning;                 ///< one sentence where it keeps more than the operator allows; else empty
};

/// Remembers the last answer, also while the server is away.
/// Threads: any. Blocking: refresh().
class RetentionWatch {
 public:
  virtual ~RetentionWatch() = default;
  /// Asks the server over a connection of its own. Errors: those of the connection; the last answer stays.
  virtual engine::Result<void> refresh() = 0;
  virtual LogRetention latest() const = 0;
  /// How often it is worth asking.
  virtual std::chrono::seconds every() const = 0;
  /// Ends a refresh() that waits.
  virtual void stop() = 0;
};

}  // namespace connectors
