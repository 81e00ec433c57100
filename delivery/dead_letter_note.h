#pragma once
// What filters and groups ask of a dead letter, without its payload: a few dozen bytes that stand in an index beside it.

#include <optional>
#include <string>
#include <string_view>

#include "delivery/dead_letters.h"

namespace delivery {

inline constexpr std::size_t kNoteErrorBytes = 160;  ///< of the last error: enough to tell causes apart

struct DeadLetterNote {
  DeadLetterId id;
  DeadLetterStatus status = DeadLetterStatus::kFailed;
  Cause cause = Cause::kNone;
  feed::Action action = feed::Action::kNone;
  engine::WallTime created{};
  std::string endpoint;
  feed::ResourceKey key;
  std::string error;  ///< the beginning of the last error; empty while a replay waits, and after it arrived
  friend bool operator==(const DeadLetterNote&, const DeadLetterNote&) = default;
};
DeadLetterNote note_of(const DeadLetter& letter);
std::string encode(const DeadLetterNote& note);
/// kMalformed, kTruncated, kUnsupported: damage, or a newer version.
engine::Result<DeadLetterNote> decode_note(DeadLetterId id, std::string_view bytes);

/// Every condition that is set must hold; none: every letter.
struct DeadLetterFilter {
  std::string endpoint{};       ///< exactly; empty: any
  std::string resource_type{};  ///< the same
  std::string resource_id{};    ///< the same
  std::optional<feed::Action> action{};
  std::optional<Cause> cause{};
  std::optional<DeadLetterStatus> status{};
  std::optional<engine::WallTime> since{};   ///< given up at or after it
  std::optional<engine::WallTime> before{};  ///< given up before it
  bool replayable = false;                   ///< only those that have a payload to send
  friend bool operator==(const DeadLetterFilter&, const DeadLetterFilter&) = default;
};
bool matches(const DeadLetterFilter& filter, const DeadLetterNote& note);

/// Case does not count; nullopt for any other text than name(Cause) gives, and for "none".
std::optional<Cause> parse_cause(std::string_view text);
/// "created", "updated", "deleted" in any case; nullopt: any other text.
std::optional<feed::Action> parse_action(std::string_view text);

}  // namespace delivery
