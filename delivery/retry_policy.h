#pragma once
// What an attempt's outcome means. Pure: no clock, no socket; randomness is handed in.

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/utc.h"

namespace delivery {

using std::chrono::milliseconds;

struct RetryPolicy {
  unsigned max_attempts = 3;                       ///< 1..20; the contract's own endpoint: 1..10 (contract 16.7)
  milliseconds base{15'000};                       ///< the wait after attempt n is uniform in [floor, min(cap, base * 2^(n-1))]
  std::vector<milliseconds> schedule;              ///< where not empty: the bounds to draw from below, one per failed attempt; the last one goes on
  milliseconds floor{500};
  milliseconds cap = std::chrono::minutes(10);
  milliseconds max_retry_after = std::chrono::hours(1);  ///< a receiver that asks for more gets this
  milliseconds max_age = std::chrono::hours(72);   ///< how long a failing endpoint may hold a delivery back before it is given up
};

/// Why a delivery was given up; printed and stored by number.
enum class Cause : std::uint8_t {
  kNone = 0,
  kStatus = 1,       ///< the receiver answered, but not 2xx
  kTimedOut = 2,     ///< no complete answer in time
  kUnreachable = 3,  ///< name, connect, TLS, reset
  kNotHttp = 4,      ///< the peer does not speak HTTP
  kDenied = 5,       ///< our dialer may not go there
  kLost = 6,         ///< retention removed the change before it could be sent
};
/// "status", "timed_out", "unreachable", "not_http", "denied", "lost"; "none".
std::string_view name(Cause cause);

/// What one attempt saw.
struct Outcome {
  int status = 0;                     ///< 0: no HTTP answer, then `error` says why
  engine::Errc error = engine::Errc::kUnavailable;
  std::string detail;                 ///< the transport's words; empty where there is a status
  std::string answer{};               ///< of a failure with a status: the beginning of the body
  std::optional<milliseconds> retry_after{};  ///< from now, as the receiver asked; never negative
  bool success() const { return status >= 200 && status <= 299; }
  /// A 4xx about this request, not about the receiver's state (408, 425 and 429): the endpoint is alive, the delivery at fault.
  bool refused() const { return status >= 400 && status <= 499 && status != 408 && status != 425 && status != 429; }
};

/// What a failure would be given up for; kNone: it was none.
Cause cause_of(const Outcome& outcome);
/// The text of a dead letter's lastError: "Webhook delivery failed with HTTP 500 (Internal Server Error)." or the transport error.
std::string describe(const Outcome& outcome);
/// A Retry-After header's value, in seconds or as an HTTP date; nullopt: neither. A date that has passed is zero.
std::optional<milliseconds> parse_retry_after(std::string_view value, engine::WallTime now);

/// Where the delivery stands when its attempt ends.
struct Attempt {
  unsigned number = 1;         ///< charged attempts including this one
  bool endpoint_down = false;  ///< the breaker holds the endpoint, not this delivery, responsible
  milliseconds held_for{0};    ///< how long that has been so for this delivery
};

struct Verdict {
  enum class Kind {
    kDelivered,
    kRetry,       ///< after `delay`; the attempt counts
    kHold,        ///< the endpoint is down: try again when the breaker allows; the attempt does not count
    kDeadLetter,  ///< `cause` says why
  };
  Kind kind = Kind::kDelivered;
  milliseconds delay{0};
  Cause cause = Cause::kNone;
  bool pause_endpoint = false;  ///< 429 or 503 with Retry-After: nothing is to be sent before `delay` has passed
  bool endpoint_gone = false;   ///< 410: the receiver wants no more; noted, not acted upon
};

/// 2xx is success; everything else is a failure (contract 16.6; redirects are not followed). An exact Retry-After replaces the drawn wait.
/// A dial that is not allowed is final at once. While the endpoint is down nothing is given up before `max_age`.
Verdict judge(const RetryPolicy& policy, const Attempt& attempt, const Outcome& outcome, std::mt19937_64& random);

}  // namespace delivery
