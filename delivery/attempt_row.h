#pragma once
// Attempts as bytes: many of one endpoint in one row, some thirty bytes each.
//
//   column family      key                            value                                      read by
//   delivery_attempts  endpoint | first number:u64    format:u8 = 1 | base time:u64 | attempts:varint | failures:varint | attempts   AttemptLog
//
// An attempt: time since the base (varint, zigzag, microseconds) | event id:u64 | status, replay, failed (varint: status * 4 + replay * 2 + failed) | offset:varint |
// attempt number:varint | latency:varint, microseconds | type, NUL, id (text) | and where it failed cause:u8, detail (text). endpoint is its length (u8) and its bytes.
// Layouts are on disk: add a format, never reuse one. Pinned by attempt_log_test.cpp.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/retry_policy.h"
#include "feed/ids.h"

namespace delivery {

inline constexpr const char* kAttemptFamily = "delivery_attempts";
inline constexpr std::size_t kAttemptDetailBytes = 200;  ///< kept of what a failure said

/// One HTTP request for a delivery.
struct AttemptEntry {
  std::uint64_t number = 0;  ///< of the endpoint's attempts, dense from 1
  std::string endpoint;
  feed::EventId event;
  feed::ResourceKey key;
  feed::Offset offset;
  unsigned attempt = 1;      ///< of this delivery, as charged: while the endpoint is down the number stands
  bool replay = false;
  engine::WallTime at{};     ///< when its outcome was known
  std::chrono::microseconds latency{0};
  int status = 0;            ///< 0: no HTTP answer
  Cause cause = Cause::kNone;///< kNone: it arrived
  std::string detail;        ///< of a failure: the beginning of the answer's body, or the transport's words; redacted
  bool failed() const { return cause != Cause::kNone; }
  friend bool operator==(const AttemptEntry&, const AttemptEntry&) = default;
};

/// What a row says before its attempts.
struct AttemptRowHead {
  engine::WallTime base{};
  std::uint64_t attempts = 0;
  std::uint64_t failures = 0;
};

/// Puts attempts of one endpoint together. Threads: one.
class AttemptPacker {
 public:
  /// `key`: type, NUL, id. endpoint and number of `entry` are not looked at, and its key neither.
  void add(const AttemptEntry& entry, std::string_view key);
  std::uint64_t attempts() const { return head_.attempts; }
  std::size_t bytes() const { return body_.size(); }
  /// The row; what follows begins a new one.
  std::string take();

 private:
  AttemptRowHead head_;
  std::string body_;
};

std::string attempt_prefix(std::string_view endpoint);
std::string attempt_key(std::string_view endpoint, std::uint64_t first);
/// The endpoint and the first number; nullopt: no such key.
struct AttemptRowName {
  std::string endpoint;
  std::uint64_t first = 0;
};
std::optional<AttemptRowName> decode_attempt_key(std::string_view key);
/// kMalformed, kTruncated: damage; kUnsupported: a newer version.
engine::Result<AttemptRowHead> decode_attempt_head(std::string_view row);
/// Oldest first.
engine::Result<std::vector<AttemptEntry>> decode_attempts(const AttemptRowName& name, std::string_view row);

}  // namespace delivery
