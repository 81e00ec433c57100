#pragma once
// A reader's place in the feed as an API token: short, URL-safe, authenticated, bound to its log and its filters.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/utc.h"
#include "feed/ids.h"
#include "feed/type_table.h"

namespace feed {

inline constexpr std::chrono::seconds kCursorLifetime{604800};  ///< since it was issued; every page issues a fresh one

/// The window a chain of pages stays in.
struct CursorWindow {
  Offset end;                     ///< exclusive
  engine::WallTime snapshot_end;  ///< when it was opened, whole seconds
  friend bool operator==(const CursorWindow&, const CursorWindow&) = default;
};

/// What a token of /changes says.
struct FeedCursor {
  TypeMask types = 0;
  Offset position{1};                         ///< the next offset to look at
  std::optional<CursorWindow> window;         ///< nullopt: the next request opens one (a resumeCursor)
  std::optional<engine::WallTime> since;      ///< updatedSince, whole seconds
  bool whole = false;                         ///< reads newest versions from an earlier start than retention keeps history for
  engine::WallTime issued_at{};               ///< whole minutes, rounded down
  friend bool operator==(const FeedCursor&, const FeedCursor&) = default;
};

/// A token of the reference's own form: read again from `since`.
struct RestartCursor {
  TypeMask types = 0;
  std::optional<engine::WallTime> since;
};

struct DecodedCursor {
  std::optional<FeedCursor> cursor;    ///< exactly one of the two
  std::optional<RestartCursor> restart;
};

/// Writes and reads tokens of one log. Threads: any. Blocking: never.
class CursorCodec {
 public:
  /// `log_id` tells logs apart; `key` authenticates. `types` outlives the codec.
  CursorCodec(std::string_view log_id, const engine::Secret& key, const TypeTable& types);
  ~CursorCodec();

  /// Under 64 characters of A-Z a-z 0-9 - _ for offsets below 2^42.
  std::string encode(const FeedCursor& cursor) const;

  /// The detail of each error is the message for the caller (contract section 8.4).
  ///   kMalformed    garbage, tampered, or a bad field inside; also unknown types in a token of the reference
  ///   kConflict     a cursor of another endpoint or mode
  ///   kUnsupported  a version we do not read
  ///   kTimedOut     issued more than kCursorLifetime ago
  ///   kExpired      of another log; the answer is 410 and not 400
  engine::Result<DecodedCursor> decode(std::string_view token, engine::WallTime now) const;

 private:
  engine::Result<DecodedCursor> decode_own(std::string_view bytes, engine::WallTime now) const;
  std::string mac(std::string_view bytes) const;

  const std::string fingerprint_;
  const TypeTable& types_;
  struct Keyed;
  std::unique_ptr<Keyed> keyed_;
};

}  // namespace feed
