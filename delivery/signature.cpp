#include "delivery/signature.h"

#include <array>
#include <charconv>

#include "delivery/signing_keys.h"
#include "engine/base/text_codec.h"

namespace delivery {
namespace {

// Where the headers stand: two common ones, three of each kind, the sequence.
constexpr std::size_t kContentType = 0, kCommon = 2, kId = 0, kTimestamp = 1, kSignature = 2, kKind = 3;

bool sends_contract_headers(const EndpointConfig& config) { return config.form != PayloadForm::kStandardWebhooks; }
bool sends_standard_headers(const EndpointConfig& config) { return config.standard_headers || config.form == PayloadForm::kStandardWebhooks; }

using Digits = std::array<char, 24>;

template <class Number>
std::string_view decimal(Digits& digits, Number number) {
  const auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

void add(std::string& problems, const std::string& problem) {
  if (problems.find(problem) != std::string::npos) return;
  if (!problems.empty()) problems += "; ";
  problems += problem;
}

}  // namespace

std::string signing_problems(const EndpointConfig& config) {
  std::string problems;
  if (!sends_standard_headers(config)) {
    if (!config.signing_keys.empty()) add(problems, "signing keys: only Standard Webhooks headers carry their signatures; turn those on");
    return problems;
  }
  for (const auto& secret : config.secrets) {
    if (const auto good = standard_secret(secret); !good) add(problems, "secret: " + good.error().detail);
  }
  for (const auto& text : config.signing_keys) {
    if (const auto good = standard_signing_key(text); !good) add(problems, "signing key: " + good.error().detail);
  }
  return problems;
}

Signer::Signer(const engine::Secret& secret, std::string_view user_agent) : user_agent_(user_agent), contract_(secret) {}

Signer::Signer(const EndpointConfig& config) : user_agent_(config.user_agent), own_headers_(config.headers) {
  if (sends_contract_headers(config) && !config.secrets.empty()) contract_.emplace(config.secrets.front());
  if (!sends_standard_headers(config)) return;
  for (const auto& secret : config.secrets) {
    if (const auto bytes = standard_secret(secret)) standard_.emplace_back(*bytes);
  }
  for (const auto& text : config.signing_keys) {
    if (auto key = standard_signing_key(text)) asymmetric_.push_back(std::move(*key));
  }
}

void Signer::contract_signature(std::string& out, std::string_view timestamp, std::string_view body) const {
  out.assign("sha256=");
  const auto mac = contract_->sign({timestamp, ".", body});
  engine::append_hex(out, engine::crypto::bytes_of(mac));
}

void Signer::standard_signature(std::string& out, std::string& scratch, std::string_view id, std::string_view timestamp, std::string_view body) const {
  out.clear();
  const auto append = [&out](std::string_view version, std::string_view bytes) {
    if (!out.empty()) out.push_back(' ');
    engine::append_base64(out.append(version), bytes);
  };
  for (const auto& key : standard_) append("v1,", engine::crypto::bytes_of(key.sign({id, ".", timestamp, ".", body})));
  if (asymmetric_.empty()) return;
  scratch.assign(id).append(1, '.').append(timestamp).append(1, '.').append(body);  // Ed25519 reads its message twice, so it has to stand in one piece
  for (const auto& key : asymmetric_) append("v1a,", engine::crypto::bytes_of(key.sign(scratch)));
}

SignedHeaders::SignedHeaders(std::shared_ptr<const Signer> signer) : signer_(std::move(signer)) {
  headers_ = {{"Content-Type", {}}, {"User-Agent", signer_->user_agent()}};
  if (signer_->contract_headers()) {
    for (const auto* name : {"X-Agents-Webhook-Id", "X-Agents-Webhook-Timestamp", "X-Agents-Webhook-Signature"}) headers_.push_back({name, {}});
  }
  if (signer_->standard_headers()) {
    for (const auto* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) headers_.push_back({name, {}});
  }
  signed_end_ = headers_.size();
  headers_.insert(headers_.end(), signer_->own_headers().begin(), signer_->own_headers().end());
  headers_.push_back({std::string(kSequenceHeader), {}});
}

std::span<const engine::net::Header> SignedHeaders::sign(std::string_view event_id, engine::WallTime now, std::string_view body, std::uint64_t sequence) {
  Digits digits;
  const auto timestamp = decimal(digits, engine::unix_seconds(now));
  headers_[kContentType].value.assign(content_type(body));
  for (auto kind = kCommon; kind < signed_end_; kind += kKind) {
    headers_[kind + kId].value.assign(event_id);
    headers_[kind + kTimestamp].value.assign(timestamp);
  }
  if (signer_->contract_headers()) signer_->contract_signature(headers_[kCommon + kSignature].value, timestamp, body);
  if (signer_->standard_headers()) {
    auto& value = headers_[signed_end_ - kKind + kSignature].value;
    signer_->standard_signature(value, scratch_, event_id, timestamp, body);
  }
  if (sequence == 0) return std::span(headers_).first(headers_.size() - 1);
  headers_.back().value.assign(decimal(digits, sequence));
  return headers_;
}

}  // namespace delivery
