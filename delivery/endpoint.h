#pragma once
// A receiver: where it is, what proves that we are us, and what we may ask of it.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "delivery/breaker.h"
#include "delivery/retry_policy.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/net/transport.h"

namespace delivery {

struct EndpointConfig {
  std::string name = "default";  ///< 1..64 of [a-z0-9_-]; part of keys on disk
  std::string url;
  std::vector<engine::Secret> secrets;  ///< the first one signs
  std::string user_agent = "millrace/" MILLRACE_VERSION;
  std::chrono::milliseconds timeout{5000};  ///< 1 s .. 60 s, for the whole exchange
  RetryPolicy retry;
  BreakerPolicy breaker;
  std::vector<engine::net::Header> headers;  ///< sent with each attempt besides ours; at most 16
  std::size_t concurrency = 16;     ///< attempts in flight at once at most, 1..1024
  double rate = 0;                  ///< attempts a second at most, 0.01..100,000; 0: no bound
  double burst = 1;                 ///< how many of them at once, 1..100,000
  bool ends_when_gone = false;      ///< 410 stops it (Dispatcher::Rooms::gone); otherwise that is only told
  std::size_t max_parked = 10'000;  ///< failed deliveries and their followers; more, and the cursor stands still
  std::size_t window = 1024;        ///< changes read ahead of the cursor
  std::size_t read_bytes = 256 * 1024;  ///< of the log at a time
  std::chrono::milliseconds persist_every{200};
  std::size_t persist_after = 256;  ///< settled deliveries, whichever comes first

  /// Delivery happens only where both URL and secret are there (contract 16.1).
  bool configured() const { return !url.empty() && !secrets.empty() && !secrets.front().empty(); }
  std::chrono::milliseconds connect_timeout() const;  ///< min(timeout, 5 s), at least 1 s (contract 16.6)
};

/// Every problem of a configured endpoint in one text, kMalformed; the URL's parsed form otherwise.
engine::Result<engine::net::Url> check(const EndpointConfig& config);

}  // namespace delivery
