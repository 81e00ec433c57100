#pragma once
// The bytes of a change record and of the log's small values. Each begins with a version byte; a byte sequence that the
// version does not allow, also a cut one, is kMalformed; a version of later days is kUnsupported.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "feed/change.h"
#include "feed/change_log.h"

namespace feed {

/// The record of a change. Parts with the same bytes are stored once.
std::string encode_change(const Change& change);

/// A change as views into its record; valid as long as the record's bytes. Decoding allocates nothing.
struct ChangeView {
  std::string_view type, id;
  Origin origin = Origin::kStream;
  Action feed_action = Action::kNone;
  Action webhook_action = Action::kNone;
  Visibility visible;
  EventId event_id;
  engine::WallTime commit_time{}, appended_at{}, updated_at{}, raw_updated_at{}, created_at{};
  bool has_alias = false;
  std::string_view alias_type, alias_id;  ///< empty without an alias
  std::string_view source_transaction, content_hash;
  std::string_view list, feed, detail, sensitive, webhook, unredacted;  ///< the parts
  std::string_view facts;  ///< encoded
  bool note = false;

  bool tombstone() const { return feed_action == Action::kDeleted; }
  /// The key whose order at an endpoint counts, and which payloads name.
  std::string_view webhook_type() const { return has_alias ? alias_type : type; }
  std::string_view webhook_id() const { return has_alias ? alias_id : id; }
};

engine::Result<ChangeView> view_change(std::string_view record);
engine::Result<Change> decode_change(std::string_view record);
/// The owning form of a view.
Change to_change(const ChangeView& view);

/// Value of `latest`: what Latest holds, and what a later supersession of it must know.
struct LatestEntry {
  Latest latest;
  engine::WallTime created_at{};
  engine::WallTime committed_at{};  ///< the change's commit time
  std::uint64_t record_bytes = 0;
  Offset noted{0};                  ///< of the newest note since; 0: none
};
std::string encode_latest(const LatestEntry& entry);
engine::Result<LatestEntry> decode_latest(std::string_view bytes);

/// Value of `superseded`: which offset replaced the version, and what retention asks of the version.
struct Supersession {
  Offset by;
  engine::WallTime committed_at{};  ///< commit time of the replaced version
  std::uint64_t record_bytes = 0;   ///< its size
  friend bool operator==(const Supersession&, const Supersession&) = default;
};
std::string encode_supersession(const Supersession& entry);
engine::Result<Supersession> decode_supersession(std::string_view bytes);

std::string encode_position(const SourcePosition& position);
/// The source's name is the key and is given by the caller.
engine::Result<SourcePosition> decode_position(std::string source, std::string_view bytes);

}  // namespace feed
