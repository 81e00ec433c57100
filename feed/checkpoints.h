#pragma once
// How far each integration has read, as it says itself (contract craft-agents-api section 15). Bookkeeping: no list is answered from it.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/strong_id.h"
#include "engine/base/utc.h"
#include "engine/store/store.h"

namespace feed {

using CheckpointId = engine::StrongId<struct CheckpointIdTag>;

/// One row per integration and resource. Times are whole seconds.
struct Checkpoint {
  CheckpointId id;
  std::string integration;  ///< not empty, no NUL
  std::string resource;     ///< not empty, no NUL
  std::optional<std::string> cursor;       ///< as sent: never cut
  std::optional<engine::WallTime> since;
  engine::WallTime at{};                   ///< when the integration stood there
  std::string metadata;                    ///< finished JSON object or array; empty: none
  engine::WallTime created{};
  engine::WallTime updated{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

/// The durable rows. Ids are dense from 1 in the order of first reports and never reused by another row.
///
/// Threads: any; concurrent records share their syncs. Blocking: every method.
class Checkpoints {
 public:
  static constexpr std::size_t kResourcesPerIntegration = 1000;

  /// The store must have kFamilies() and outlive this. kMalformed: a damaged row; else the store's errors.
  static engine::Result<std::unique_ptr<Checkpoints>> open(engine::store::Store& store);

  /// Inserts or overwrites the row of `report.integration` and `report.resource`; the newest report wins, also one that stands further back.
  /// `report.id` and the dates are ignored: id and `created` are kept, `updated` becomes `now`. Durable on return. Returns the row.
  /// kConflict: the integration has kResourcesPerIntegration rows already. kFull: the disk is full, nothing was changed.
  engine::Result<Checkpoint> record(Checkpoint report, engine::WallTime now);

  /// The rows, by key; of one integration or one resource where those are not empty.
  engine::Result<std::vector<Checkpoint>> list(std::string_view integration = {}, std::string_view resource = {}) const;

 private:
  struct Identity {
    CheckpointId id;
    engine::WallTime created;
  };
  explicit Checkpoints(engine::store::Store& store);
  engine::Result<Identity> identify(const std::string& key, std::string_view integration, engine::WallTime now);

  engine::store::Store& store_;
  engine::store::Family rows_;
  std::mutex naming_;  // ids are given one at a time, not over the sync
  std::map<std::string, Identity> known_;
  std::uint64_t next_id_ = 1;
};

/// Value of `checkpoints`: everything but the two names, which are the key.
std::string encode_checkpoint(const Checkpoint& row);
/// kMalformed, kUnsupported: as change_codec.h.
engine::Result<Checkpoint> decode_checkpoint(std::string_view key, std::string_view value);

}  // namespace feed
