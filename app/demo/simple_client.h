#pragma once
// A blocking HTTP client for tools and tests that must not share code with the server they talk to.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace app::demo {

struct SimpleAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;
};

/// Talks to 127.0.0.1 only, one connection per request. Threads: free; no state. Blocking: up to `patience`.
struct SimpleClient {
  std::uint16_t port = 0;
  std::string token;  ///< sent as "Authorization: Bearer …" where not empty
  std::chrono::milliseconds patience{5000};

  /// kUnavailable: not listening or reset; kTimedOut; kMalformed: the answer is no HTTP.
  engine::Result<SimpleAnswer> get(std::string_view target) const;
  engine::Result<SimpleAnswer> post(std::string_view target, std::string_view json) const;

 private:
  engine::Result<SimpleAnswer> exchange(std::string request) const;
};

}  // namespace app::demo
