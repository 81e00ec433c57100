#pragma once
// A receiver: where it is, what proves that we are us, and what we may ask of it.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "delivery/breaker.h"
#include "delivery/payload_form.h"
#include "delivery/retry_policy.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/net/transport.h"

namespace delivery {

struct EndpointConfig {
  std::string name = "default";  ///< 1..64 of [a-z0-9_-]; part of keys on disk
  std::string url;
  /// Live ones; several while one replaces another. The contract's header is signed with the first, Standard Webhooks' with each.
  std::vector<engine::Secret> secrets;
  PayloadForm form = PayloadForm::kContract;
  bool standard_headers = false;  ///< webhook-id, -timestamp and -signature too; always so in Standard Webhooks form, which has only those
  std::vector<engine::Secret> signing_keys;  ///< "whsk_…", each a v1a signature among the Standard Webhooks headers
  std::string user_agent = "millrace/" MILLRACE_VERSION;
  std::chrono::milliseconds timeout{5000};  ///< 1 s .. 60 s, for the whole exchange
  std::chrono::milliseconds first_byte_timeout{0};  ///< of an answer, once the request is sent; zero: only `timeout` counts
  RetryPolicy retry;
  BreakerPolicy breaker;
  std::vector<engine::net::Header> headers;  ///< sent with each attempt besides ours; at most 16
  std::size_t concurrency = 16;     ///< attempts in flight at once at most, 1..1024
  double rate = 0;                  ///< attempts a second at most, 0.01..100,000; 0: no bound
  double burst = 1;                 ///< how many of them at once, 1..100,000
  bool ends_when_gone = false;      ///< 410 stops it (Dispatcher::Rooms::gone); otherwise that is only told
  std::size_t max_parked = 10'000;  ///< failed deliveries and their followers; more, and the cursor stands still
  std::size_t window = 1024;        ///< changes read ahead of the cursor
  std::size_t held_window = 1024;   ///< the same while the endpoint is down: among them may be one that goes through
  std::size_t read_bytes = 256 * 1024;  ///< of the log at a time
  std::chrono::milliseconds persist_every{200};
  std::size_t persist_after = 256;  ///< settled deliveries, whichever comes first

  /// Delivery happens only where both URL and secret are there (contract 16.1); in Standard Webhooks form a signing key serves as well.
  bool configured() const {
    const bool by_secret = !secrets.empty() && !secrets.front().empty();
    return !url.empty() && (by_secret || (form == PayloadForm::kStandardWebhooks && !signing_keys.empty()));
  }
  std::chrono::milliseconds connect_timeout() const;  ///< min(timeout, 5 s), at least 1 s (contract 16.6)
};

/// Every problem of a configured endpoint in one text, kMalformed; the URL's parsed form otherwise.
engine::Result<engine::net::Url> check(const EndpointConfig& config);

}  // namespace delivery
