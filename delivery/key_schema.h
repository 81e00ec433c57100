#pragma once
// Every key the delivery room writes. Integers are big-endian so that byte order is number order. endpoint is its length (u8) and its bytes.
//
//   column family      key                                value                    read by
//   delivery_state     'c' | endpoint                     Progress v1 or v2        Dispatcher, at start
//   delivery_state     'i' | from offset:u64              interests v1             InterestTable, at start
//   delivery_state     'p' | endpoint | offset:u64        ParkedRow v1             Dispatcher, at start
//   delivery_state     'n' | endpoint                     EndpointRecord v1        EndpointBook, at start
//   delivery_state     's' | endpoint                     offset:u64               Dispatcher, at start: where an operator moved it
//   delivery_state     'v' | endpoint | from offset:u64   Subscription v1          EndpointBook, when the endpoint is opened
//   delivery_attempts  see attempt_row.h
//   dead_letters       id:u64                             DeadLetter v2            lists, replays
//   dead_letter_index  'e' | endpoint | event id:u64      id:u64                   one record per event
//   dead_letter_index  's' | status:u8 | id:u64           (empty)                  lists by status
//   dead_letter_index  'm' | id:u64                       DeadLetterNote v1        searches
//   dead_letter_index  'n' | endpoint | id:u64            DeadLetterNote v1        searches within an endpoint
//   dead_letter_index  'q' | endpoint | id:u64            (empty)                  Dispatcher, at start: its queued letters
//   dead_letter_index  'd' | delivered at:u64 | id:u64    (empty)                  retention of delivered letters
//   dead_letter_index  'f'                                version:u8 = 1           DeadLetters::open: which of these keys are complete
//
// Layouts are on disk: add a tag or a version, never reuse one. Pinned by delivery_keys_test.cpp.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/dead_letters.h"
#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "feed/ids.h"

namespace delivery {

inline constexpr const char* kStateFamily = "delivery_state";
inline constexpr const char* kDeadLetterFamily = "dead_letters";
inline constexpr const char* kDeadLetterIndexFamily = "dead_letter_index";

/// The column families this room needs in Store::open.
std::vector<std::string> families();

std::string progress_key(std::string_view endpoint);
std::string interests_key(feed::Offset from);
std::string parked_prefix(std::string_view endpoint);
std::string parked_key(std::string_view endpoint, feed::Offset offset);
std::string endpoint_key(std::string_view endpoint);
/// Where the endpoints' keys begin, and an end for all of them.
std::string endpoint_tag();
std::string endpoint_tag_end();
/// The name in an endpoint's key; nullopt: it is none.
std::optional<std::string> endpoint_of(std::string_view key);
std::string seek_key(std::string_view endpoint);
std::string subscription_prefix(std::string_view endpoint);
std::string subscription_key(std::string_view endpoint, feed::Offset from);
std::string dead_letter_key(DeadLetterId id);
std::string event_key(std::string_view endpoint, feed::EventId event);
std::string status_prefix(DeadLetterStatus status);
std::string status_key(DeadLetterStatus status, DeadLetterId id);
std::string note_key(DeadLetterId id);
std::string endpoint_note_key(std::string_view endpoint, DeadLetterId id);
std::string queued_prefix(std::string_view endpoint);
std::string queued_key(std::string_view endpoint, DeadLetterId id);
/// Where the keys of delivered letters begin.
std::string delivered_tag();
std::string delivered_key(engine::WallTime at, DeadLetterId id);
std::string index_version_key();
/// The number at the end of interests, parked, dead letter and status keys; nullopt: shorter than that.
std::optional<std::uint64_t> trailing_number(std::string_view key);

/// Where an endpoint stands: everything below `cursor` is delivered, given up, skipped or parked.
struct Progress {
  feed::Offset cursor;
  std::uint64_t sequence = 0;  ///< deliveries owed to the endpoint below `cursor`
  std::vector<feed::Offset> ahead{};  ///< above `cursor`, ascending: as done as what is below it. Where there are any, the value is of version 2
  friend bool operator==(const Progress&, const Progress&) = default;
};
/// A delivery that waits for its next attempt, or behind one that does. The change itself stays in the log.
struct ParkedRow {
  feed::Offset offset;
  feed::ResourceKey key;       ///< its lane
  unsigned attempts = 0;       ///< charged so far
  engine::WallTime due{};      ///< of the lane's head; followers: the epoch
  engine::WallTime appended{};
  std::uint64_t sequence = 0;
  feed::EventId event;
  feed::Action action = feed::Action::kNone;
  friend bool operator==(const ParkedRow&, const ParkedRow&) = default;
};
std::string encode_number(std::uint64_t number);
std::string encode(const Progress& progress);
engine::Result<Progress> decode_progress(std::string_view bytes);
std::string encode(const ParkedRow& row);
engine::Result<ParkedRow> decode_parked(feed::Offset offset, std::string_view bytes);
std::string encode(const DeadLetter& letter);
engine::Result<DeadLetter> decode_dead_letter(DeadLetterId id, std::string_view bytes);

}  // namespace delivery
