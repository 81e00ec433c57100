#pragma once
// What a dialect brings to the pipeline: its words for a refusal and its headers.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/rate_limiter.h"
#include "engine/net/http.h"

namespace trust {

/// Why a request got no answer. Each dialect has its own status, code and text for these.
enum class Reason {
  kNotFound,         ///< no such path, or its feature is off, or the thing asked for does not exist
  kMethodNotAllowed,
  kServiceDisabled,
  kRateLimited,
  kInvalid,
  kNoCredentials,    ///< tokens are required, none is configured
  kMisconfigured,    ///< something this route needs is not configured
  kUnauthorized,
  kAddressRefused,
  kForbidden,
  kExpired,          ///< a cursor points to what retention removed
  kNotReady,         ///< the first snapshot is not complete
  kInternal,
};

struct Refusal {
  Reason reason = Reason::kInternal;
  std::string message{};                 ///< empty: the dialect's standard text
  std::vector<std::string> details{};    ///< every problem found, where the contract lists them
  std::string scope{};                   ///< kForbidden: the scope to ask for
  std::string required_scope{};          ///< kForbidden: all alternatives
  std::string allow{};                   ///< kMethodNotAllowed
  std::optional<std::int64_t> retry_at{};            ///< kRateLimited: Unix time
  std::optional<std::int64_t> retry_after_seconds{}; ///< kNotReady, kRateLimited
  std::string extra_json{};              ///< a finished JSON object with machine-readable facts
};

/// Threads: any; stateless.
class Surface {
 public:
  virtual ~Surface() = default;
  /// Status, body and the headers that belong to this refusal.
  virtual engine::net::Response refuse(const Refusal& refusal, std::string_view request_id) const = 0;
  /// Headers of every response; Content-Type unless the handler gave one, or a stream that names its own. `rate` is nullptr where the request never reached the limiter.
  virtual void add_headers(engine::net::Response& response, std::string_view request_id, const RateDecision* rate) const = 0;
  /// The caller's id where it is acceptable, else a new one.
  virtual std::string request_id(const engine::net::Request& request) const = 0;
};

}  // namespace trust
