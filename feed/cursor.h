#pragma once
// A reader's place in the feed as an API token: short, URL-safe, authenticated, bound to its log and its filters.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/utc.h"
#include "engine/crypto/hmac.h"
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

/// Where a reader stands in the log, and what it reads from there on.
struct LogPlace {
  Offset position{1};                         ///< the next offset to look at
  std::optional<CursorWindow> window;         ///< nullopt: the next request opens one (a resumeCursor)
  std::optional<engine::WallTime> since;      ///< updatedSince, whole seconds
  bool whole = false;                         ///< reads newest versions from an earlier start than retention keeps history for
  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

/// What a token of /changes says.
struct FeedCursor {
  TypeMask types = 0;
  LogPlace place;
  engine::WallTime issued_at{};               ///< whole minutes, rounded down
  friend bool operator==(const FeedCursor&, const FeedCursor&) = default;
};

/// What a token of an incremental list says.
struct IncrementalCursor {
  std::uint32_t filters = 0;                  ///< hash of the list and its filters
  LogPlace place;
  Offset opened{1};                           ///< where the window begins; counts with a window
  engine::WallTime issued_at{};
  friend bool operator==(const IncrementalCursor&, const IncrementalCursor&) = default;
};

/// What a token of a full list says.
struct FullCursor {
  std::uint32_t filters = 0;                  ///< hash of the list, its filters and its order
  Offset opened{1};                           ///< high watermark when the first page was read
  std::string value, id;                      ///< as they stand in keys (index_keys.h): everything up to there has been read
  engine::WallTime issued_at{};
  friend bool operator==(const FullCursor&, const FullCursor&) = default;
};

/// A token of the reference's own form: read again from `since`.
struct RestartCursor {
  TypeMask types = 0;
  std::optional<engine::WallTime> since;
};

/// A token of the reference's own form for a list that pages by count.
struct CountCursor {
  std::uint64_t passed = 0;
};

struct DecodedCursor {
  std::optional<FeedCursor> cursor;    ///< exactly one of the two
  std::optional<RestartCursor> restart;
};
using DecodedListCursor = std::variant<IncrementalCursor, FullCursor, RestartCursor, CountCursor>;

/// Writes and reads tokens of one log. Threads: any. Blocking: never.
class CursorCodec {
 public:
  /// `log_id` tells logs apart; `key` authenticates. `types` outlives the codec.
  CursorCodec(std::string_view log_id, const engine::Secret& key, const TypeTable& types);

  /// Under 64 characters of A-Z a-z 0-9 - _ for offsets below 2^42.
  std::string encode(const FeedCursor& cursor) const;
  /// Likewise, for windows that were opened less than 2^28 offsets before.
  std::string encode(const IncrementalCursor& cursor) const;
  /// Likewise, but for values and ids longer than 8 bytes.
  std::string encode(const FullCursor& cursor) const;

  /// The detail of each error is the message for the caller (contract section 8.4).
  ///   kMalformed    garbage, tampered, or a bad field inside; also unknown types in a token of the reference
  ///   kConflict     a cursor of another endpoint or mode
  ///   kUnsupported  a version we do not read
  ///   kTimedOut     issued more than kCursorLifetime ago
  ///   kExpired      of another log; the answer is 410 and not 400
  engine::Result<DecodedCursor> decode(std::string_view token, engine::WallTime now) const;

  /// As decode, for a token of a list. `resource` is the list's name in tokens of the reference ("entries"; empty: it has none);
  /// `counted`: its tokens may also be of the form that only counts.
  engine::Result<DecodedListCursor> decode_list(std::string_view token, std::string_view resource, bool counted, engine::WallTime now) const;

  /// The next offset that the reader of a token of /changes or of a list will look at, however old the token; for a token of a full list the one
  /// its reader goes on from afterwards. Else errors as decode.
  engine::Result<Offset> position(std::string_view token) const;

  /// The token whose bytes before the seal are these, whatever they say. For fuzzing.
  std::string sealed(std::string bytes) const;

 private:
  using Own = std::variant<FeedCursor, IncrementalCursor, FullCursor>;
  engine::Result<Own> decode_own(std::string_view bytes, engine::WallTime now) const;
  static std::optional<Own> parse(std::string_view body);
  std::string mac(std::string_view bytes) const;
  static std::uint64_t next_number();

  const std::uint64_t number_ = next_number();  // of this codec in a process: an address may be another's later
  const std::string fingerprint_;
  const TypeTable& types_;
  const engine::crypto::HmacSha256 hmac_;
};

}  // namespace feed
