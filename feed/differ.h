#pragma once
// Says whether a rendering is a change, and which (design.md section 4 "What is a change", section 6 event id).

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "feed/change.h"
#include "feed/change_log.h"
#include "feed/rendering.h"

namespace feed {

/// What all changes of one source transaction share.
struct TransactionMeta {
  Origin origin = Origin::kStream;
  std::string source_transaction;   ///< the source's id of it; the due instant for kSchedule
  engine::WallTime commit_time{};   ///< the due instant for kSchedule
  engine::WallTime appended_at{};   ///< wall time now; not used for kSnapshot (its changes made nothing new)
};

/// Turns the renderings of one source transaction into changes.
///
/// Several transactions may be rendered before one append: the differ remembers what it made of them until committed() or
/// rollback(), so that the second transaction is compared with the first.
/// One transaction may be diffed in several calls, one behind the other: subscribers are still told of a resource once.
/// Threads: one. Blocking: reads the log. Errors: the log's.
class Differ {
 public:
  /// `source` is the source's id; it takes part in event ids. `log` outlives the differ.
  Differ(const ChangeLog& log, std::string source) : log_(log), source_(std::move(source)) {}

  /// Changes in the order of `renderings`; those equal to the newest version are left out; one that differs in its facts only is a note. Each key at most once in
  /// `renderings`. Origin kSnapshot: see sort_snapshot.
  engine::Result<std::vector<Change>> diff(const TransactionMeta& transaction, std::span<const Rendering> renderings);

  void committed() { forget(); }  ///< everything diffed so far is in the log
  void rollback() { forget(); }   ///< nothing diffed since the last committed() will be

 private:
  struct Known {
    engine::WallTime raw_updated_at{}, updated_at{}, created_at{};
    std::string content_hash, facts_hash;
    Visibility visible;
    bool tombstone = false;
    std::optional<Offset> offset;        // where the rest of it is read, until `complete`
    std::optional<WebhookAlias> alias;
    std::string webhook_part;
  };
  // Which resources subscribers were told of in one transaction, so that a product is told once however many variants changed.
  class Told {
   public:
    void begin(const TransactionMeta& transaction);
    void silence_repeats(std::span<const Rendering> renderings, std::vector<Change>& changes);
    void clear() { *this = Told(); }

   private:
    std::optional<Origin> origin_;
    std::string transaction_;
    std::set<ResourceKey> told_;
    std::set<ResourceKey> gone_;  // what shows them has nothing to tell any more
  };
  engine::Result<std::optional<Known>> known(const ResourceKey& key) const;
  engine::Result<void> complete(Known& known) const;
  engine::Result<std::optional<Change>> change_of(const TransactionMeta& transaction, const Rendering& rendering);
  static Change note(const Known& before);
  Change live(const TransactionMeta& transaction, const Rendering& rendering, const std::optional<Known>& before) const;
  engine::Result<std::optional<Change>> gone(const TransactionMeta& transaction, const Rendering& rendering, std::optional<Known>& before) const;
  engine::Result<void> remember(const Change& change);
  void forget() {
    overlay_.clear();
    told_.clear();
  }

  const ChangeLog& log_;
  const std::string source_;
  std::map<ResourceKey, Known> overlay_;
  Told told_;
};

/// 16 bytes over parts (with their marks), raw timestamp, state, visibility and alias: equal ones are no change.
std::string content_hash(const Rendering& rendering);
/// Over source, transaction and the key that payloads name: one event per resource and transaction.
EventId event_id(std::string_view source, std::string_view source_transaction, const ResourceKey& webhook_key);
/// The order of a snapshot (contract craft-agents-api 12.5): updatedAt, type bytes, id (as a number where both are), action.
void sort_snapshot(std::vector<Change>& changes);

}  // namespace feed
