#include "access/managed_credential.h"

#include <algorithm>

#include "access/record_bytes.h"
#include "engine/net/validation.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;

void put(engine::ByteWriter& write, const TokenDigest& digest) {
  for (const auto word : digest) write.little(word);
}

TokenDigest take_digest(engine::ByteCursor& in) {
  TokenDigest digest;
  for (auto& word : digest) word = in.little<std::uint64_t>();
  return digest;
}

}  // namespace

std::string encode_managed(const ManagedCredential& c) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).text(c.handle).text(c.display_name).text(c.description).text(c.owner).big(static_cast<std::uint8_t>(c.force_human_approval));
  for (const auto* texts : {&c.approval_recipients, &c.scopes, &c.webhook_types, &c.webhook_actions, &c.ip_allowlist}) put_texts(write, *texts);
  put_time(write, c.expires_at);
  write.varint(c.expiry_reminder_days);
  put(write, c.digest);
  write.text(c.token_prefix);
  write.big(static_cast<std::uint8_t>(c.previous.has_value()));
  if (c.previous) {
    put(write, c.previous->digest);
    put_time(write, c.previous->until);
  }
  for (const auto& t : {c.rotated_at, c.revoked_at, c.paused_at, c.first_used_at, c.last_used_at}) put_time(write, t);
  write.text(c.last_used_ip).text(c.last_auth_method);
  put_time(write, c.created);
  put_time(write, c.updated);
  return bytes;
}

engine::Result<ManagedCredential> decode_managed(ManagedId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "managed credential: version " + std::to_string(version));
  ManagedCredential c;
  c.id = id;
  for (auto* text : {&c.handle, &c.display_name, &c.description, &c.owner}) *text = in.text();
  c.force_human_approval = in.big<std::uint8_t>() != 0;
  for (auto* texts : {&c.approval_recipients, &c.scopes, &c.webhook_types, &c.webhook_actions, &c.ip_allowlist}) *texts = take_texts(in);
  c.expires_at = take_time(in);
  c.expiry_reminder_days = static_cast<std::uint32_t>(in.varint());
  c.digest = take_digest(in);
  c.token_prefix = in.text();
  if (in.big<std::uint8_t>() != 0) {
    c.previous.emplace();
    c.previous->digest = take_digest(in);
    c.previous->until = take_time(in).value_or(WallTime{});
  }
  for (auto* t : {&c.rotated_at, &c.revoked_at, &c.paused_at, &c.first_used_at, &c.last_used_at}) *t = take_time(in);
  c.last_used_ip = in.text();
  c.last_auth_method = in.text();
  c.created = take_time(in).value_or(WallTime{});
  c.updated = take_time(in).value_or(WallTime{});
  if (!in.ok() || !in.at_end() || version != kVersion) return engine::fail(in.blame(engine::Errc::kMalformed), "managed credential: damaged");
  return c;
}

std::string_view name(CredentialMode mode) {
  switch (mode) {
    case CredentialMode::kRevoked: return "revoked";
    case CredentialMode::kExpired: return "expired";
    case CredentialMode::kPaused: return "paused";
    case CredentialMode::kExpiringSoon: return "expiring_soon";
    case CredentialMode::kActive: return "active";
  }
  return "active";
}

CredentialMode mode(const ManagedCredential& credential, WallTime now) {
  const auto expiry = expiry_status(credential, now);
  if (credential.revoked_at) return CredentialMode::kRevoked;
  if (expiry == "expired") return CredentialMode::kExpired;
  if (credential.paused_at) return CredentialMode::kPaused;
  return expiry == "expiring_soon" ? CredentialMode::kExpiringSoon : CredentialMode::kActive;
}

bool is_usable(const ManagedCredential& credential, WallTime now) { return mode(credential, now) >= CredentialMode::kExpiringSoon; }

std::string_view expiry_status(const ManagedCredential& credential, WallTime now) {
  const auto days = expires_in_days(credential, now);
  if (!days) return credential.expiry_reminder_days == 0 ? "never" : "none";
  if (*credential.expires_at <= now) return "expired";
  const auto reminder = credential.expiry_reminder_days == 0 ? 7 : credential.expiry_reminder_days;
  return *days <= static_cast<std::int64_t>(reminder) ? "expiring_soon" : "active";
}

std::optional<std::int64_t> expires_in_days(const ManagedCredential& credential, WallTime now) {
  if (!credential.expires_at) return std::nullopt;
  return std::chrono::floor<std::chrono::days>(*credential.expires_at - now).count();
}

std::string normal_handle(std::string_view text) {
  std::string handle;
  bool gap = false;
  for (const char c : engine::net::ascii_lower(engine::net::trimmed(text))) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-' || c == '.';
    if (kept && gap) handle += '-';
    if (kept) handle += c;
    gap = !kept;
  }
  const auto first = handle.find_first_not_of('-');
  if (first == handle.npos) return {};
  return handle.substr(first, handle.find_last_not_of('-') - first + 1);
}

}  // namespace trust
