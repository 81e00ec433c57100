#include "delivery/signature.h"

#include <algorithm>

#include "delivery/signing_keys.h"
#include "engine/base/append_number.h"
#include "engine/base/text_codec.h"

namespace delivery {
namespace {

// Where the headers stand: two common ones, three of each kind, the sequence.
constexpr std::size_t kContentType = 0, kCommon = 2, kId = 0, kTimestamp = 1, kSignature = 2, kKind = 3;

bool sends_contract_headers(const EndpointConfig& config) { return config.form != PayloadForm::kStandardWebhooks; }
bool sends_standard_headers(const EndpointConfig& config) { return config.standard_headers || config.form == PayloadForm::kStandardWebhooks; }

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

void Signer::contract_signature(char* out, std::string_view timestamp, std::string_view body) const {
  constexpr std::string_view kAlgorithm = "sha256=";
  static_assert(kAlgorithm.size() + 2 * sizeof(engine::crypto::Mac256) == kContractSignatureBytes);
  const auto mac = contract_->sign({timestamp, ".", body});
  engine::write_hex(std::copy(kAlgorithm.begin(), kAlgorithm.end(), out), engine::crypto::bytes_of(mac));
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
  lines_.add("Content-Type");
  lines_.add("User-Agent", signer_->user_agent());
  if (signer_->contract_headers()) {
    for (const auto* name : {"X-Agents-Webhook-Id", "X-Agents-Webhook-Timestamp", "X-Agents-Webhook-Signature"}) lines_.add(name);
  }
  if (signer_->standard_headers()) {
    for (const auto* name : {"webhook-id", "webhook-timestamp", "webhook-signature"}) lines_.add(name);
  }
  signed_end_ = lines_.size();
  for (const auto& header : signer_->own_headers()) lines_.add(header.name, header.value);
  lines_.add(kSequenceHeader);
}

void SignedHeaders::set_timestamp(std::int64_t second) {
  second_ = second;
  timestamp_.clear();
  engine::append_number(timestamp_, second);
  for (auto kind = kCommon; kind < signed_end_; kind += kKind) lines_.set(kind + kTimestamp, timestamp_);
}

std::string_view SignedHeaders::sign(std::string_view event_id, engine::WallTime now, std::string_view body, std::uint64_t sequence) {
  if (const auto second = engine::unix_seconds(now); second != second_) set_timestamp(second);
  if (const auto type = content_type(body); type.data() != content_type_.data()) lines_.set(kContentType, content_type_ = type);
  for (auto kind = kCommon; kind < signed_end_; kind += kKind) lines_.set(kind + kId, event_id);
  if (signer_->contract_headers()) signer_->contract_signature(lines_.rewrite(kCommon + kSignature, kContractSignatureBytes), timestamp_, body);
  if (signer_->standard_headers()) {
    signer_->standard_signature(signature_, scratch_, event_id, timestamp_, body);
    lines_.set(signed_end_ - kKind + kSignature, signature_);
  }
  if (sequence == 0) return lines_.first(lines_.size() - 1);
  scratch_.clear();
  engine::append_number(scratch_, sequence);
  lines_.set(lines_.size() - 1, scratch_);
  return lines_.text();
}

}  // namespace delivery
