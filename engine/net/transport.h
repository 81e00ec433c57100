#pragma once
// How a request leaves the house. Delivery sees only this; the real one pools connections and guards its dialing.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/net/http.h"
#include "engine/runtime/timers.h"

namespace engine::net {

/// An absolute http or https URL, split. No user info, no fragment.
struct Url {
  std::string scheme;  ///< "http" or "https", lower case
  std::string host;    ///< lower case, no brackets around IPv6
  std::uint16_t port = 0;
  std::string target;  ///< path and query, at least "/"
  std::string authority() const;  ///< the Host header's value: port only where it is not the scheme's default
  void append_authority(std::string& out) const;
  std::string text() const;
};
/// kMalformed names what is wrong (scheme, user info, port, empty host, control characters).
Result<Url> parse_url(std::string_view text);

struct OutboundRequest {
  const Url* url = nullptr;                    ///< outlives the call
  std::span<const Header> headers{};           ///< without Host and Content-Length, which the transport writes
  /// Further ones exactly as they go out, each with its CRLF: only of who makes them of constants, numbers and checked text. They name the user agent themselves.
  std::string_view lines{};                    ///< outlives the call
  std::string_view body{};                     ///< outlives the call
  MonoTime now{};                              ///< what the caller has just read from the clock; its zero: nothing, so that the transport asks
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds first_byte_timeout{0};  ///< from the request being sent to the answer's first byte; zero: only the total counts
  std::chrono::milliseconds total_timeout{5000};    ///< of everything, name look-up included
  std::size_t max_head_bytes = 16 * 1024;           ///< of the answer; past either bound the connection is closed, the status still counts
  std::size_t max_response_bytes = 64 * 1024;       ///< head and body
};

struct OutboundResponse {
  int status = 0;
  std::string lines{};  ///< the headers' lines, checked, each with its CRLF
  std::string body{};   ///< at most max_response_bytes, maybe cut
  std::optional<std::string_view> header(std::string_view wanted) const { return find_header(lines, wanted); }
};

/// One exchange; never follows redirects.
/// Errors: kTimedOut; kDenied (address not allowed); kUnavailable (name, connect, TLS, reset: detail says which);
/// kMalformed (the peer does not speak HTTP); kCancelled.
/// Threads: belongs to one loop. 100-continue and other 1xx answers are skipped.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Task<Result<OutboundResponse>> post(OutboundRequest request) = 0;
};

}  // namespace engine::net
