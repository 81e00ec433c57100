#pragma once
// What the log holds: one new version of one document (design.md section 4).

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/utc.h"
#include "feed/ids.h"

namespace feed {

/// Where a change comes from. Values are on disk.
enum class Origin : std::uint8_t {
  kStream = 1,      ///< a source transaction
  kSnapshot = 2,    ///< the first snapshot: nothing new to anybody, no webhook
  kSchedule = 3,    ///< a due instant passed, no row changed
  kImport = 4,
  kResnapshot = 5,  ///< a difference found by a later snapshot: delivered like a stream change
};

/// Values are on disk.
enum class Action : std::uint8_t { kNone = 0, kCreated = 1, kUpdated = 2, kDeleted = 3 };
/// "created", "updated", "deleted"; "none".
std::string_view name(Action action);

/// Which readers may see a resource (a cart is for webhooks only). Bits are on disk.
struct Visibility {
  bool list = true;
  bool feed = true;
  bool webhook = true;
  friend bool operator==(const Visibility&, const Visibility&) = default;
};

/// Rendered forms of one document: finished JSON objects, empty where a form does not exist.
struct Parts {
  std::string list;       ///< item of the list endpoint, redacted form
  std::string feed;       ///< snapshot of a /changes item
  std::string detail;     ///< body of show, redacted form
  std::string sensitive;  ///< fields that elevated scopes add or replace
  std::string webhook;    ///< snapshot of a webhook payload
  std::string unredacted; ///< fields that replace those of `list` and `detail` where the operator switched redaction off
  friend bool operator==(const Parts&, const Parts&) = default;
};

/// The change is told to subscribers as a change of another resource (a variant's as its product's).
struct WebhookAlias {
  ResourceKey key;
  friend bool operator==(const WebhookAlias&, const WebhookAlias&) = default;
};

/// One version of one document, as appended. Offsets are given by the log.
struct Change {
  ResourceKey key;
  Origin origin = Origin::kStream;
  std::string source_transaction;       ///< the source's own id of the transaction (a GTID), or the due instant
  engine::WallTime commit_time{};       ///< of that transaction; the due instant for kSchedule
  engine::WallTime appended_at{};       ///< wall time of the append; the epoch for kSnapshot (it made nothing new)
  Action feed_action = Action::kNone;
  Action webhook_action = Action::kNone;  ///< kNone: no subscriber is told
  Visibility visible;
  engine::WallTime updated_at{};        ///< what items show
  engine::WallTime raw_updated_at{};    ///< the source's own timestamp
  engine::WallTime created_at{};
  EventId event_id{};
  std::optional<WebhookAlias> alias;
  std::string content_hash;             ///< the differ's, 16 bytes; ChangeLog::latest gives it back
  std::string facts;                    ///< encoded (facts.h); empty in a tombstone
  std::string facts_hash;               ///< facts_hash(facts) where the differ knew it already, else empty; not stored with the change
  /// Only the facts of the resource changed: the log gives them to its newest version, and no reader sees this record itself.
  bool note = false;
  Parts parts;                          ///< all empty in a tombstone, but `webhook` where an alias tells it

  bool tombstone() const { return feed_action == Action::kDeleted; }
  /// The key whose order at an endpoint counts, and which payloads name.
  const ResourceKey& webhook_key() const { return alias ? alias->key : key; }
  friend bool operator==(const Change&, const Change&) = default;
};

struct StoredChange {
  Offset offset;
  Change change;
};

}  // namespace feed
