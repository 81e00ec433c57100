#pragma once
// How far a sink has published, beside the log.
//
//   column family  key          value
//   sinks          sink's name  01 | log id (length, bytes) | next offset: u64
//
// The layout is on disk: a new one takes another first byte.

#include <optional>
#include <string>

#include "engine/store/store.h"
#include "feed/ids.h"

namespace connectors {

inline constexpr const char* kSinkFamily = "sinks";

/// Threads: one. Blocking: everything touches disk. Errors: the store's.
class SinkCursor {
 public:
  /// `store` has kSinkFamily and outlives this.
  SinkCursor(engine::store::Store& store, std::string name, std::string log_id) : store_(store), name_(std::move(name)), log_id_(std::move(log_id)) {}
  /// The first offset that was not acknowledged; nullopt: this sink never published of this log. kMalformed: damage.
  engine::Result<std::optional<feed::Offset>> load() const;
  /// Survives a crash of the process at once, one of the machine a little later: then some records are published again.
  engine::Result<void> save(feed::Offset next);

 private:
  engine::store::Store& store_;
  const std::string name_, log_id_;
};

}  // namespace connectors
