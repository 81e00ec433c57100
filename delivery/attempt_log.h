#pragma once
// What was sent to whom, when, and what came back: every attempt, for as long as retention keeps it.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/attempt_row.h"
#include "engine/base/clock.h"
#include "engine/store/store.h"

namespace delivery {

struct AttemptRetention {
  std::chrono::hours max_age{7 * 24};
  std::uint64_t max_attempts = 200'000;  ///< of one endpoint, about: whole rows go
};
/// Takes out of a text what must not be kept. Where there is none, nothing of an answer is.
using Redact = std::function<std::string(std::string_view)>;

/// Writes one endpoint's attempts. They are gathered in memory and go into the write that stores the endpoint's progress anyway, as one row: a
/// success costs an append of some thirty bytes. A crash loses what the last instants gathered.
///
/// Threads: note(), take() and give_back() on the endpoint's loop; add_to() wherever that write is made, one call at a time, and may read from disk.
class AttemptRecorder {
 public:
  AttemptRecorder(engine::store::Store& store, const engine::Clock& clock, std::string endpoint, std::uint64_t next, AttemptRetention retention, Redact redact);

  /// `key`: type, NUL, id. endpoint, number and key of `entry` are not looked at; its detail is redacted here.
  void note(AttemptEntry&& entry, std::string_view key);
  bool has_any() const { return packer_.attempts() > 0; }
  /// Attempts that found no room, since the store did not take what was gathered before.
  std::uint64_t dropped() const { return dropped_; }

  struct Packed {
    std::uint64_t first = 0;
    std::string row{};  ///< empty: nothing to write
  };
  Packed take();
  /// It could not be written: it goes with the next one.
  void give_back(Packed packed);
  /// Adds the row, and now and then what retention removes.
  void add_to(engine::store::Batch& batch, const Packed& packed);

 private:
  void trim(engine::store::Batch& batch, std::uint64_t next);

  engine::store::Store& store_;
  engine::store::Family family_;
  const engine::Clock& clock_;
  const std::string endpoint_;
  const AttemptRetention retention_;
  const Redact redact_;
  AttemptPacker packer_;
  std::uint64_t next_;          // of the first attempt in the packer
  std::vector<Packed> returned_;
  std::uint64_t dropped_ = 0;
  std::uint64_t trimmed_ = 0;   // below it nothing is left; add_to() alone
  std::uint64_t trim_at_ = 0;
  engine::MonoTime trim_due_{};
};

/// Reads what recorders wrote. Threads: any. Blocking.
class AttemptLog {
 public:
  /// The store has kAttemptFamily (delivery::families()). All outlive it.
  AttemptLog(engine::store::Store& store, const engine::Clock& clock, AttemptRetention retention = {}, Redact redact = {});

  /// Goes on behind the last attempt that is stored.
  engine::Result<std::unique_ptr<AttemptRecorder>> recorder(const std::string& endpoint);

  /// Every condition that is set must hold.
  struct Query {
    std::string endpoint{};
    std::optional<feed::EventId> event{};
    std::string resource_type{};
    std::string resource_id{};
    bool failed = false;
    std::optional<engine::WallTime> since{};
    std::optional<engine::WallTime> before{};
  };
  /// Where a search goes on; value-initialised: from the start, or through.
  struct Place {
    std::string endpoint{};
    std::uint64_t below = 0;  ///< attempts with a smaller number; 0: from the newest
    friend bool operator==(const Place&, const Place&) = default;
  };
  /// Appends what matches until `into` holds `limit`: endpoint by endpoint in the order of their names, newest first in each. Reads at most `rows` rows. Returns
  /// where the next call goes on.
  engine::Result<Place> find(const Query& query, Place place, std::size_t limit, std::vector<AttemptEntry>& into, std::size_t rows = 1000) const;

  /// Erases what retention takes of `endpoints` endpoints after `after` (empty: from the first): also of those that send nothing any more, or are gone.
  /// Returns the last one; empty: through.
  engine::Result<std::string> sweep(const std::string& after, std::size_t endpoints) const;

 private:
  engine::Result<std::uint64_t> next_number(const std::string& endpoint) const;
  engine::Result<std::optional<std::string>> endpoint_after(const std::string& endpoint) const;

  engine::store::Store& store_;
  engine::store::Family family_;
  const engine::Clock& clock_;
  const AttemptRetention retention_;
  const Redact redact_;
};

}  // namespace delivery
