#pragma once
// Proves to a receiver that a body is ours (contract 16.4, 16.5; Standard Webhooks 1.0).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/endpoint.h"
#include "engine/base/secret.h"
#include "engine/base/utc.h"
#include "engine/crypto/ed25519.h"
#include "engine/crypto/hmac.h"
#include "engine/net/header_lines.h"
#include "engine/net/http.h"

namespace delivery {

/// Numbers an endpoint's deliveries from 1 without a gap; a repeat keeps its number. Not under any signature.
inline constexpr std::string_view kSequenceHeader = "X-Agents-Webhook-Sequence";
inline constexpr std::size_t kContractSignatureBytes = 71;

/// An endpoint's keys, prepared once for all its attempts.
/// Threads: any, at once. Blocking: never.
class Signer {
 public:
  /// What `config` asks for: contract headers in every form but Standard Webhooks, Standard Webhooks headers in that form and where `standard_headers` says so.
  /// `config` has passed check(): a key that cannot be read signs nothing.
  explicit Signer(const EndpointConfig& config);
  /// Contract headers only, signed with one secret.
  Signer(const engine::Secret& secret, std::string_view user_agent);

  const std::string& user_agent() const { return user_agent_; }
  /// The endpoint's own, sent with every attempt.
  const std::vector<engine::net::Header>& own_headers() const { return own_headers_; }
  bool contract_headers() const { return contract_.has_value(); }
  bool standard_headers() const { return !standard_.empty() || !asymmetric_.empty(); }
  /// "sha256=" and 64 hexadecimal digits: kContractSignatureBytes of them, to `out`. Needs contract_headers().
  void contract_signature(char* out, std::string_view timestamp, std::string_view body) const;
  /// "v1,…" of each live secret in their order, then "v1a,…" of each signing key, with blanks between, into `out`. `scratch` is memory to use again.
  void standard_signature(std::string& out, std::string& scratch, std::string_view id, std::string_view timestamp, std::string_view body) const;

 private:
  std::string user_agent_;
  std::vector<engine::net::Header> own_headers_;
  std::optional<engine::crypto::HmacSha256> contract_;
  std::vector<engine::crypto::HmacSha256> standard_;
  std::vector<engine::crypto::Ed25519Key> asymmetric_;
};

/// Every problem of the keys that `config` asks for, "; " between them. Empty: none.
std::string signing_problems(const EndpointConfig& config);

/// The headers of an attempt. Their lines are written once and what differs is replaced, so an attempt signed with HMAC allocates nothing here.
/// Threads: one; the attempts in flight at once each have their own.
class SignedHeaders {
 public:
  explicit SignedHeaders(std::shared_ptr<const Signer> signer);
  SignedHeaders(const engine::Secret& secret, std::string_view user_agent) : SignedHeaders(std::make_shared<const Signer>(secret, user_agent)) {}
  /// For OutboundRequest::lines: Content-Type, User-Agent, then X-Agents-Webhook-Id, -Timestamp (whole seconds of `now`) and -Signature, then webhook-id,
  /// webhook-timestamp and webhook-signature, as the signer says, for these body bytes; then the endpoint's own ones; last kSequenceHeader, unless `sequence` is 0.
  /// Valid until the next call. `event_id` has no line end.
  std::string_view sign(std::string_view event_id, engine::WallTime now, std::string_view body, std::uint64_t sequence = 0);

 private:
  void set_timestamp(std::int64_t second);

  std::shared_ptr<const Signer> signer_;
  engine::net::HeaderLines lines_;
  std::size_t signed_end_ = 0;  // behind the last one that differs between attempts, but the sequence
  std::int64_t second_ = INT64_MIN;  // of timestamp_
  std::string timestamp_;
  std::string_view content_type_;
  std::string signature_, scratch_;
};

}  // namespace delivery
