#pragma once
// Proves to a receiver that a body is ours (contract 16.4, 16.5).

#include <array>
#include <span>
#include <string_view>

#include "engine/base/secret.h"
#include "engine/base/utc.h"
#include "engine/crypto/hmac.h"
#include "engine/net/http.h"

namespace delivery {

/// The five headers of an attempt. The key is prepared once; header texts are reused, so an attempt allocates nothing here.
/// Threads: one; the attempts in flight at once each have their own.
class SignedHeaders {
 public:
  SignedHeaders(const engine::Secret& secret, std::string_view user_agent);
  /// Content-Type, User-Agent, X-Agents-Webhook-Id, -Timestamp (whole seconds of `now`) and -Signature for these body bytes.
  /// Valid until the next call.
  std::span<const engine::net::Header> sign(std::string_view event_id, engine::WallTime now, std::string_view body);

 private:
  engine::crypto::HmacSha256 hmac_;
  std::array<engine::net::Header, 5> headers_;
};

}  // namespace delivery
