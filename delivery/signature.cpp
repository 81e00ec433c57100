#include "delivery/signature.h"

#include <charconv>

#include "engine/base/text_codec.h"

namespace delivery {
namespace {

enum : std::size_t { kContentType, kUserAgent, kId, kTimestamp, kSignature };

}  // namespace

SignedHeaders::SignedHeaders(const engine::Secret& secret, std::string_view user_agent) : hmac_(secret) {
  headers_[kContentType] = {"Content-Type", "application/json"};
  headers_[kUserAgent] = {"User-Agent", std::string(user_agent)};
  headers_[kId].name = "X-Agents-Webhook-Id";
  headers_[kTimestamp].name = "X-Agents-Webhook-Timestamp";
  headers_[kSignature].name = "X-Agents-Webhook-Signature";
}

std::span<const engine::net::Header> SignedHeaders::sign(std::string_view event_id, engine::WallTime now, std::string_view body) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, engine::unix_seconds(now)).ptr;
  headers_[kTimestamp].value.assign(digits, end);
  headers_[kId].value.assign(event_id);
  std::string& signature = headers_[kSignature].value;
  signature.assign("sha256=");
  const auto mac = hmac_.sign({headers_[kTimestamp].value, ".", body});
  engine::append_hex(signature, engine::crypto::bytes_of(mac));
  return headers_;
}

}  // namespace delivery
