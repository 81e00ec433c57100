#pragma once
// Deliveries given up, kept with their reason and their own copy of the payload until an operator replays them.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/retry_policy.h"
#include "engine/base/clock.h"
#include "engine/base/strong_id.h"
#include "engine/store/store.h"
#include "feed/change.h"

namespace delivery {

struct DeadLetterNote;
struct DeadLetterState;
using DeadLetterId = engine::StrongId<struct DeadLetterIdTag>;

/// Values are on disk.
enum class DeadLetterStatus : std::uint8_t { kFailed = 1, kQueued = 2, kDelivered = 3 };
/// "failed", "queued", "delivered".
std::string_view name(DeadLetterStatus status);
/// Case does not count; nullopt for any other text.
std::optional<DeadLetterStatus> parse_status(std::string_view text);

struct DeadLetter {
  DeadLetterId id;
  feed::EventId event_id;
  feed::ResourceKey key;  ///< of the event: an alias where the change had one
  feed::Action action = feed::Action::kNone;
  DeadLetterStatus status = DeadLetterStatus::kFailed;
  unsigned attempts = 0;    ///< of the worst run so far
  std::string last_error;   ///< empty: null
  std::string payload;      ///< finished JSON
  feed::Offset offset;
  std::string endpoint;
  std::uint64_t sequence = 0;  ///< of the delivery at its endpoint; 0: it had none
  Cause cause = Cause::kNone;
  engine::WallTime created{};  ///< never before that of a smaller id
  engine::WallTime updated{};
};

/// One record per endpoint and event id, ids from 1 in the order of creation. Transitions as in contract 16.8, and the terminal
/// `delivered` that the reference lacks.
///
/// Every change is synced before it returns. Blocking. Threads: any.
class DeadLetters {
 public:
  static engine::Result<std::unique_ptr<DeadLetters>> open(engine::store::Store& store, const engine::Clock& clock);

  /// A final failure: inserts `letter` as failed, or updates the record of its endpoint and event: failed, attempts = max, lastError, cause and
  /// payload replaced, the rest as it was. `letter.id`, status and times are ignored. Returns the record's id.
  engine::Result<DeadLetterId> record_failure(const DeadLetter& letter);

  struct Queued {
    DeadLetter letter;
    bool already = false;  ///< it was queued before: nothing was written and nothing more is to be sent
  };
  /// Makes a batch durable, maybe with more in it (an audit row): both or neither. Called under the lock of transitions.
  using Commit = std::function<engine::Result<void>(engine::store::Batch&)>;
  /// A replay request: `queued`, lastError null, attempts unchanged. kNotFound: no such record. Where nothing is written `commit` is not called.
  engine::Result<Queued> queue(DeadLetterId id, const Commit& commit = {});
  /// A replay arrived. kNotFound: no such record.
  engine::Result<void> mark_delivered(DeadLetterId id);

  /// Like Commit, told how many letters the batch erases.
  using CommitErased = std::function<engine::Result<void>(engine::store::Batch&, std::uint64_t erased)>;
  /// Erases letters that arrived before `before`, those that arrived first first, at most `limit`. The newest letter stays: ids are never given again. Returns
  /// how many went; `commit` is called where there are any.
  engine::Result<std::uint64_t> erase_delivered(engine::WallTime before, std::size_t limit, const CommitErased& commit);

  engine::Result<DeadLetter> get(DeadLetterId id) const;
  /// Newest first (creation order), at most `limit`; nullopt: of every status.
  engine::Result<std::vector<DeadLetter>> list(std::optional<DeadLetterStatus> status, std::size_t limit) const;
  /// Ids with that status above `after`, oldest first, at most `limit`. Does not read the records.
  engine::Result<std::vector<DeadLetterId>> ids(DeadLetterStatus status, DeadLetterId after, std::size_t limit) const;
  /// Ids of that endpoint's queued letters above `after`, oldest first, at most `limit`. Reads no records and nothing of other endpoints.
  engine::Result<std::vector<DeadLetterId>> queued(std::string_view endpoint, DeadLetterId after, std::size_t limit) const;
  /// Of the last record that was made; zero: there is none.
  DeadLetterId newest() const;

  /// A walk over notes (dead_letter_note.h): ids between `above` and `below`, both exclusive, of one endpoint (empty: all), newest or oldest first.
  /// `visit` says no to stop.
  struct Range {
    DeadLetterId above{};
    DeadLetterId below{};
    std::string_view endpoint{};
    bool newest_first = true;
  };
  engine::Result<void> visit(const Range& range, const std::function<bool(const DeadLetterNote&)>& visit) const;
  /// Letters given up at or after `t` have this id or a greater one, and no others have; one past the newest where there are none. Ids and times grow together.
  engine::Result<DeadLetterId> first_since(engine::WallTime t) const;

 private:
  DeadLetters(engine::store::Store& store, const engine::Clock& clock);
  engine::Result<std::optional<DeadLetterId>> find(const std::string& endpoint, feed::EventId event) const;
  engine::Result<void> write(const DeadLetter& letter, const std::optional<DeadLetterState>& before, const Commit& commit = {});
  engine::Result<std::vector<DeadLetterId>> ids_in(const std::string& prefix, const std::string& from, std::size_t limit) const;
  engine::Result<DeadLetterNote> note(DeadLetterId id) const;

  engine::store::Store& store_;
  const engine::Clock& clock_;
  engine::store::Family letters_;
  engine::store::Family index_;
  mutable std::mutex writing_;  // one transition at a time
  std::atomic<std::uint64_t> next_id_{1};
  engine::WallTime newest_created_{};
};

}  // namespace delivery
