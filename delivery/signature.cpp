#include "delivery/signature.h"

#include <charconv>

namespace delivery {
namespace {

enum : std::size_t { kContentType, kUserAgent, kId, kTimestamp, kSignature };

void append_hex(std::string& out, const engine::crypto::Mac256& mac) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (unsigned char byte : mac) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
}

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
  append_hex(signature, hmac_.sign({headers_[kTimestamp].value, ".", body}));
  return headers_;
}

}  // namespace delivery
